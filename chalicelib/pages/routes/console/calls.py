"""Calls of the console's pages: the signed-in operator, the section, the query, and the answer.

`page` and `form` register a view for GET and for POST. Before a view runs, the session is checked against its key, the
key's scopes against the section, and a form's CSRF token against the browser. A view's refusal is shown as a page of
the console.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import signature
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from chalice.app import Blueprint, Request, Response

from chalicelib.core.acting import acting
from chalicelib.core.errors import ApiError, BadRequest, Forbidden, NotFound, Unauthorized
from chalicelib.core.http import pages
from chalicelib.core.http.parse import LONGEST_NAME, path_name_or_unknown, query_of
from chalicelib.core.http.request import target_of
from chalicelib.core.http.surfaces import Surface, wording
from chalicelib.core.ids import random_token
from chalicelib.core.pagination import Page
from chalicelib.core.settings import settings
from chalicelib.pages.routes import visits
from chalicelib.pages.routes.console.forms import Form
from chalicelib.pages.routes.console.shell import shell_for
from chalicelib.pages.service import console as service
from chalicelib.pages.service.console import CONSOLE, EVERYTHING, Operator
from chalicelib.pages.service.sessions import Visit
from chalicelib.partners.errors import PositionUnknown
from chalicelib.partners.service import REVOCATION_DELAY_SECONDS

HOME = "/console"
SIGN_IN = "/console/sign-in"
LONGEST_VALUE = 300
_LIST_CHANGED = "This list has changed: begin at its first page."
_NAME_PARAMETERS = ("after", "later", "collection", "endpoint", "action")  # query parameters by which rows are found
_CONSOLE_PATH = re.compile(r"/console(/[A-Za-z0-9_.~%@:+=&?,-]+)*")
_LONGEST_PATH = 512

View = Callable[..., Response]
Values = Callable[..., dict[str, Any]]


class Section(NamedTuple):
    """A part of the console. `scope` is what its key must have; only a key with all scopes has `EVERYTHING`."""

    name: str
    path: str
    title: str
    scope: str | None


SECTIONS = (
    Section("overview", HOME, "Overview", None),
    Section("collections", "/console/collections", "Collections", "gardenlab"),
    Section("interactions", "/console/interactions", "Interactions", "gardenlab"),
    Section("nfts", "/console/nfts", "NFTs", "gardenlab"),
    Section("missions", "/console/missions", "Missions", "missions"),
    Section("spaces", "/console/spaces", "Spaces", "spaces"),
    Section("dreamspace", "/console/dreamspace", "Dreamspace", "dreamspace"),
    Section("webhooks", "/console/webhooks", "Webhooks", "webhooks"),
    Section("keys", "/console/keys", "API keys", EVERYTHING),
    Section("grants", "/console/grants", "Applications", EVERYTHING),
    Section("audit", "/console/audit", "Audit log", EVERYTHING),
)
_SECTIONS = {section.name: section for section in SECTIONS}


class SignInNeeded(Unauthorized):
    """Nobody is signed in; `path` is the page to open after the sign-in."""

    def __init__(self, path: str) -> None:
        super().__init__("Please sign in to the console first.")
        self.path = path


_error_page = pages.error_page(HOME, "Overview")


def _render_error(error: ApiError, request_id: str) -> Response:
    if isinstance(error, SignInNeeded):
        query = f"?{urlencode({'then': error.path})}" if error.path not in ("", HOME) else ""
        return pages.see_other(f"{SIGN_IN}{query}")
    return _error_page(error, request_id)


surface = Surface(name="console", render_error=_render_error)
_blueprints: dict[str, Blueprint] = {}


def blueprint_of(module: str) -> Blueprint:
    """The routes of a module of the console. Each module has its own, so that it is loaded only when it is needed."""
    return _blueprints.setdefault(module, Blueprint(module))


def routes_of(*modules: ModuleType) -> list[Blueprint]:
    """The routes that these modules registered with `page` and `form`."""
    return [blueprint_of(module.__name__) for module in modules]


class ConsoleCall(NamedTuple):
    """A signed-in operator's request."""

    request: Request
    visit: Visit
    operator: Operator
    section: Section
    query: Mapping[str, str]

    @property
    def origin(self) -> str:
        """The partner whose data the page shows."""
        return self.operator.origin

    def allows(self, name: str) -> bool:
        """Whether the key opens a section."""
        return self.operator.allows(_SECTIONS[name].scope)

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of the console; one with a `form` that was refused has the status of the error."""
        shown = values.get("form")
        status = shown.status if isinstance(shown, Form) else status
        return visits.page(self.visit, f"console/{template}", status=status, **self._frame(), **values)

    def links(self, found: Page[Any], *parts: object, by: str = "id", **filters: object) -> dict[str, Any]:
        """The same as `links_after` for a page whose items are named by their attribute `by`."""
        last = getattr(found.items[-1], by) if found.has_more else None
        return self.links_after(last, *parts, **filters)

    def links_after(self, last: object, *parts: object, **filters: object) -> dict[str, Any]:
        """What the template of a list takes to link its pages: the next page, the first, and whether this is the first.

        A page begins after the item that the query's `after` names. `last` names this page's last item; None where no
        more follow. `parts` and `filters` make the address of the list.
        """
        older = None if last is None else address(*parts, after=last, **filters)
        return {"older": older, "first": address(*parts, **filters), "is_first": "after" not in self.query}

    def done(self, path: str, notice: str) -> Response:
        """Redirects after a change. `notice` names the sentence in `NOTICES` that the next page shows."""
        joiner = "&" if "?" in path else "?"
        return visits.see_other(self.visit, f"{path}{joiner}{urlencode({'notice': notice})}")

    def redirect(self, path: str) -> Response:
        """Redirects without a notice."""
        return visits.see_other(self.visit, path)

    def _frame(self) -> dict[str, Any]:
        server = f"http://{visits.own_host(self.request)}" if settings().is_local else settings().public_url
        return {
            "operator": self.operator,
            "sections": [section for section in SECTIONS if self.operator.allows(section.scope)],
            "section": self.section,
            "notice": NOTICES.get(self.query.get("notice", "")),
            "nonce": random_token(20),
            "shell": shell_for(self.operator, server),
        }


NOTICES = {
    "applied": "The interaction was applied.",
    "canceled": "The delivery was canceled.",
    "category-created": "The category was created.",
    "category-deleted": "The category was deleted. NFTs of it that exist stay.",
    "change-queued": "The change is on its way to the chain.",
    "code-created": "The code was created.",
    "code-ended": "The code was ended.",
    "collection-created": "The collection was deployed. It needs a category before users can be announced.",
    "deleted": "Deleted.",
    "disabled": "The endpoint is disabled: events are recorded for it, and nothing is sent.",
    "enabled": "The endpoint is enabled again.",
    "endpoint-deleted": "The endpoint was deleted. Its deliveries stay.",
    "grant-ended": "The application's access has ended. Its present tokens end within a minute.",
    "mission-created": "The mission was created.",
    "mission-deleted": "The mission was deleted.",
    "pending-canceled": "What was scheduled for the endpoint is being canceled.",
    "recovering": "What the endpoint missed is being delivered again.",
    "replayed": "The delivery was restarted.",
    "replaying": "What the endpoint never got is being delivered.",
    "revoked": (
        "The key was revoked. Functions that have just used it may take it for up to "
        f"{REVOCATION_DELAY_SECONDS} seconds more."
    ),
    "saved": "Saved.",
    "sent": "The test event is on its way.",
    "user-created": "The user was created.",
    "window": "The window was set.",
}


def page(path: str, section: str) -> Callable[[View], View]:
    """Registers a view of a section's page for GET."""
    return _register(path, section, "GET", lambda view, call, arguments: view(call, **arguments))


def fragment(path: str, section: str, template: str) -> Callable[[Values], Values]:
    """Registers a part of a page that reloads itself: the template with the values that the function gives."""

    def register(values: Values) -> Values:
        @page(path, section)
        @wraps(values)
        def show(call: ConsoleCall, **arguments: str) -> Response:
            return call.show(template, **values(call, **arguments))

        return values

    return register


def form(path: str, section: str, *, refused: View | None = None) -> Callable[[View], View]:
    """Registers a view of a section's form for POST; a view that takes `fields` gets the form.

    Where the view raises an `ApiError`, `refused` shows the form again: it is the view of the form's page, and gets the
    `fields` with the error.
    """

    def submit(view: View, call: ConsoleCall, arguments: Mapping[str, str]) -> Response:
        fields = Form(visits.form_of(call.request, call.visit))
        taken = {"fields": fields} if "fields" in signature(view).parameters else {}
        try:
            with acting(f"console:{call.operator.key_id}"):
                return view(call, **taken, **arguments)
        except ApiError as error:
            if refused is None:
                raise
            return refused(call, fields=fields.refused(error), **arguments)

    return _register(path, section, "POST", submit)


def _register(
    path: str, section: str, method: str, run: Callable[[View, ConsoleCall, Mapping[str, str]], Response]
) -> Callable[[View], View]:
    def register(view: View) -> View:
        routes = blueprint_of(view.__module__)

        @wraps(view)
        def answer(**arguments: str) -> Response:
            request = routes.current_request
            call = _signed_in_call(request, _SECTIONS[section])
            try:
                _require_scope(call)
                named = {name: path_name_or_unknown(raw) for name, raw in arguments.items()}
                return run(view, _with_query(call), named)
            except PositionUnknown as error:
                return call.show("refused.html", status=error.status, message=_LIST_CHANGED)
            except ApiError as error:
                return call.show("refused.html", status=error.status, message=wording(error, ""))

        routes.route(path, methods=[method], name=f"console_{method}_{path}")(answer)
        return view

    return register


def _signed_in_call(request: Request, section: Section) -> ConsoleCall:
    """The call of the signed-in operator. Raises `SignInNeeded`."""
    visit = visits.visit_of(request, CONSOLE)
    operator = service.operator_of(visit, is_present="x-fragment" not in request.headers)
    if operator is None:
        raise SignInNeeded(_path_after_sign_in(request))
    return ConsoleCall(request, visit, operator, section, {})


def _require_scope(call: ConsoleCall) -> None:
    if not call.operator.allows(call.section.scope):
        needed = "all scopes" if call.section.scope == EVERYTHING else f"the scope {call.section.scope}"
        raise Forbidden(f"{call.section.title} needs a key with {needed}, which the key you signed in with lacks.")


def _with_query(call: ConsoleCall) -> ConsoleCall:
    given = query_of(call.request.query_params)
    query = {name: value for name, value in given.items() if value}
    if any(len(value) > LONGEST_VALUE for value in query.values()):
        raise BadRequest("The address holds a value that is too long.")
    if any(len(query.get(name, "")) > LONGEST_NAME for name in _NAME_PARAMETERS):
        raise NotFound("There is nothing of so long a name.")
    return ConsoleCall(call.request, call.visit, call.operator, call.section, query)


def _path_after_sign_in(request: Request) -> str:
    if request.method != "GET" or "x-fragment" in request.headers:
        return HOME
    return console_path(target_of(request).path_and_query)


def console_path(text: str) -> str:
    """A path of the console that is safe in a `Location` header; the first page for any other text."""
    path = text.partition("?")[0]
    if len(text) > _LONGEST_PATH or not (text.isascii() and text.isprintable() and _CONSOLE_PATH.fullmatch(path)):
        return HOME
    climbs = any(unquote(part) in (".", "..") for part in path.split("/"))
    return HOME if climbs else text


def address(*parts: object, **query: object) -> str:
    """A path of the console from quoted parts; query values that are None or empty are left out."""
    path = "/".join((HOME, *(quote(str(part), safe="") for part in parts)))
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def allowed_value(value: str | None, allowed: Sequence[str]) -> str | None:
    """A query value if it is allowed, else None."""
    return value if value in allowed else None
