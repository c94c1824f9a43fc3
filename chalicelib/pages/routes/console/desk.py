"""The desk that every page of the console is opened at: who is signed in, what the key may see, what a form says.

`page` and `form` register a view for GET and for POST. Each view gets the desk, and a form's also its fields; before
that the session is checked against its key, the key's scopes against the section, and the form's token against the
browser. What a view refuses is told in words within the console's own frame.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from chalice.app import Blueprint, Request, Response

from chalicelib.core.acting import acting
from chalicelib.core.errors import ApiError, BadRequest, Forbidden, NotFound, Unauthorized
from chalicelib.core.http import pages
from chalicelib.core.http.parse import LONGEST_NAME, path_name, query_of
from chalicelib.core.http.request import target_of
from chalicelib.core.http.surfaces import Surface, wording
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.pages.routes import visits
from chalicelib.pages.routes.console.forms import Form
from chalicelib.pages.service import console as service
from chalicelib.pages.service.console import CONSOLE, EVERYTHING, Operator
from chalicelib.pages.service.sessions import Visit
from chalicelib.partners.errors import PositionUnknown
from chalicelib.partners.service import REVOCATION_DELAY_SECONDS

HOME = "/console"
SIGN_IN = "/console/sign-in"
LONGEST_VALUE = 300
_LIST_CHANGED = "This list has changed: begin at its first page."
_NAMING = ("after", "later", "collection", "endpoint", "action")  # query parameters by which rows are found
_PLACE = re.compile(r"/console(/[A-Za-z0-9_.~%@:+=&?,-]+)*")
_LONGEST_PLACE = 512

View = Callable[..., Response]


class Section(NamedTuple):
    """A part of the console. `scope` is what a key needs for it; `EVERYTHING` only a key of all scopes has."""

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
    """Nobody is signed in here; `place` is what was asked for."""

    def __init__(self, place: str) -> None:
        super().__init__("Please sign in to the console first.")
        self.place = place


def _render_error(error: ApiError, request_id: str) -> Response:
    if isinstance(error, SignInNeeded):
        query = f"?{urlencode({'then': error.place})}" if error.place not in ("", HOME) else ""
        return pages.see_other(f"{SIGN_IN}{query}")
    return pages.render_error(error, request_id)


routes = Blueprint(__name__)
surface = Surface(name="console", prefixes=(HOME,), render_error=_render_error)


class Desk(NamedTuple):
    """A signed-in operator's request."""

    request: Request
    visit: Visit
    operator: Operator
    section: Section
    query: Mapping[str, str]

    @property
    def origin(self) -> str:
        """The partner, to which all that is read and written belongs."""
        return self.operator.origin

    def allows(self, name: str) -> bool:
        """Whether the key opens a section."""
        return self.operator.allows(_SECTIONS[name].scope)

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page in the console's frame."""
        return visits.page(self.visit, f"console/{template}", status=status, **self._frame(), **values)

    def again(self, template: str, form: Form, error: ApiError, **values: Any) -> Response:
        """The page that a form stood on, with what was typed and what is wrong with it."""
        return self.show(template, status=error.status, form=form.refused(error), **values)

    def done(self, path: str, told: str) -> Response:
        """Leads on after a change; the page says what was `told`, one of the sentences of `TOLD`."""
        joiner = "&" if "?" in path else "?"
        return visits.see_other(self.visit, f"{path}{joiner}{urlencode({'told': told})}")

    def lead(self, path: str) -> Response:
        """Leads on without a word."""
        return visits.see_other(self.visit, path)

    def _frame(self) -> dict[str, Any]:
        return {
            "operator": self.operator,
            "sections": [section for section in SECTIONS if self.operator.allows(section.scope)],
            "section": self.section,
            "told": TOLD.get(self.query.get("told", "")),
            "nonce": random_token(20),
            "server": f"http://{visits.own_host(self.request)}" if settings().is_local else settings().public_url,
        }


TOLD = {
    "applied": "The interaction was applied.",
    "category-created": "The category was created.",
    "category-deleted": "The category was deleted. NFTs of it that exist stay.",
    "code-created": "The code was created.",
    "code-ended": "The code was ended.",
    "deleted": "Deleted.",
    "disabled": "The endpoint is disabled: events are recorded for it, and nothing is sent.",
    "enabled": "The endpoint is enabled again.",
    "endpoint-deleted": "The endpoint was deleted. Its deliveries stay.",
    "grant-ended": "The application's access has ended. Its present tokens end within a minute.",
    "mission-created": "The mission was created.",
    "mission-deleted": "The mission was deleted.",
    "recovering": "What the endpoint missed is being delivered again.",
    "replayed": "The delivery was restarted.",
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
    return _registered(path, section, "GET", lambda view, desk, arguments: view(desk, **arguments))


def form(path: str, section: str) -> Callable[[View], View]:
    """Registers a view of a section's form for POST; it gets the form beside the desk."""

    def call(view: View, desk: Desk, arguments: Mapping[str, str]) -> Response:
        fields = visits.form_of(desk.request, desk.visit)
        with acting(f"console:{desk.operator.key_id}"):
            return view(desk, Form(fields), **arguments)

    return _registered(path, section, "POST", call)


def _registered(
    path: str, section: str, method: str, call: Callable[[View, Desk, Mapping[str, str]], Response]
) -> Callable[[View], View]:
    def register(view: View) -> View:
        @wraps(view)
        def answered(**arguments: str) -> Response:
            request = routes.current_request
            desk = _desk(request, _SECTIONS[section])
            try:
                _require(desk)
                named = {name: _name(raw) for name, raw in arguments.items()}
                return call(view, _asked(desk), named)
            except PositionUnknown as error:
                return desk.show("refused.html", status=error.status, message=_LIST_CHANGED)
            except ApiError as error:
                return desk.show("refused.html", status=error.status, message=wording(error, ""))

        routes.route(path, methods=[method], name=f"console_{method}_{path}")(answered)
        return view

    return register


def _desk(request: Request, section: Section) -> Desk:
    """The desk of whoever is signed in. Raises `SignInNeeded`."""
    visit = visits.visit_of(request, CONSOLE)
    operator = service.operator_of(visit, is_present="x-fragment" not in request.headers)
    if operator is None:
        raise SignInNeeded(_place(request))
    return Desk(request, visit, operator, section, {})


def _require(desk: Desk) -> None:
    if not desk.operator.allows(desk.section.scope):
        needed = "all scopes" if desk.section.scope == EVERYTHING else f"the scope {desk.section.scope}"
        raise Forbidden(f"{desk.section.title} needs a key with {needed}, which the key you signed in with lacks.")


def _asked(desk: Desk) -> Desk:
    given = query_of(desk.request.query_params)
    query = {name: value for name, value in given.items() if value}
    if any(len(value) > LONGEST_VALUE for value in query.values()):
        raise BadRequest("The address holds a value that is too long.")
    if any(len(query.get(name, "")) > LONGEST_NAME for name in _NAMING):
        raise NotFound("There is nothing of so long a name.")
    return Desk(desk.request, desk.visit, desk.operator, desk.section, query)


def _name(raw: str) -> str:
    """A path variable. Raises `NotFound` for what can name nothing."""
    try:
        return path_name(raw)
    except BadRequest as error:
        raise NotFound("There is nothing at this address.") from error


def _place(request: Request) -> str:
    if request.method != "GET" or "x-fragment" in request.headers:
        return HOME
    return own_place(target_of(request).path_and_query)


def own_place(text: str) -> str:
    """A place within the console to lead to, as a header can name it; its first page for everything else."""
    path = text.partition("?")[0]
    if len(text) > _LONGEST_PLACE or not (text.isascii() and text.isprintable() and _PLACE.fullmatch(path)):
        return HOME
    climbs = any(unquote(part) in (".", "..") for part in path.split("/"))
    return HOME if climbs else text


def address(*parts: object, **query: object) -> str:
    """A console address of these parts, each quoted; of the query what is not None."""
    path = "/".join((HOME, *(quote(str(part), safe="") for part in parts)))
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def chosen(value: str | None, allowed: Sequence[str]) -> str | None:
    """A query's choice, None where it is none of those that there are."""
    return value if value in allowed else None
