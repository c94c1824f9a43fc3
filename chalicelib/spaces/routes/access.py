"""What all routes share: authentication, bodies, lists, idempotency and errors."""

from collections.abc import Mapping
from typing import Annotated, Any

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib.core.credentials import Accepted, CredentialRefused, Reason, presented, require_scope
from chalicelib.core.errors import (
    ApiError,
    BadRequest,
    Conflict,
    Contended,
    NotFound,
    Unprocessable,
    UnsupportedMedia,
    existing,
)
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.forms import FORM_TYPE, form_pairs, validated_form
from chalicelib.core.http.parse import content_type, path_name_or_unknown, validated
from chalicelib.core.http.request import json_body as read_json
from chalicelib.core.http.request import raw_body, target_of
from chalicelib.core.http.respond import answer, render
from chalicelib.core.http.surfaces import Surface, json_body, stripe_type, wording
from chalicelib.core.http.transport import require_https
from chalicelib.core.http.views import Call, View, Views
from chalicelib.core.numbers import read_whole
from chalicelib.core.pagination import AnswerRoom, Page, envelope
from chalicelib.idempotency.service import KeyReused, guard_for, run_once
from chalicelib.oauth import service as oauth
from chalicelib.oauth.domain import READ_ONLY, READ_WRITE
from chalicelib.spaces.domain import LARGEST_SPACE

BASE = "/api/v1"
# A list names its own path below the API's base, as Stripe's clients expect.
SHOWN_BASE = "/v1"
_JSON_TYPES = ("application/json", "text/json")
_BASIC_CHALLENGE = 'Basic realm="Spaces", charset="UTF-8", '
_ACCEPTED = Accepted("access token", basic_user=True)
_IN_FLIGHT = "request_in_flight"
_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "insufficient_scope",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "idempotency_key_reused",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}


def _render(error: ApiError, request_id: str) -> Response:
    """`{"message", "code", "param", "error"}`; `error` repeats the fields where Stripe's clients read them."""
    if isinstance(error, UnsupportedMedia):
        error = BadRequest(error.message)  # this surface knows no 415
    # Codes in lower case are this surface's own; the others are shared by the platform.
    code = error.code if error.code.islower() else _CODES[error.status]
    said = {"message": wording(error, request_id), "code": code, **({"param": error.param} if error.param else {})}
    kind = "idempotency_error" if code == _IN_FLIGHT else stripe_type(error.status)
    return json_body({**said, "error": {"type": kind, **said}}, status=error.status)


surface = Surface(name="spaces", render_error=_render)


def key_reused() -> Unprocessable:
    """The error for an `Idempotency-Key` that was used with another request."""
    return Unprocessable("Idempotency-Key: was used for another request", param="Idempotency-Key")


def request_in_flight() -> Conflict:
    """The error for a concurrent request on the same object, perhaps with the same `Idempotency-Key`."""
    return Conflict("Another request is changing the same thing; send this one again.", code=_IN_FLIGHT)


class SpacesViews(Views):
    """Routes of an account, which presents an access token: one with write access, but where a route only reads.

    A view that takes a `guard` runs at most once for each `Idempotency-Key`; without a key, it just runs.
    """

    def authenticate(self, request: Request) -> tuple[str]:
        """The account. Raises `BadRequest`, `Unauthorized`, `Forbidden`, in this order."""
        return (account_of(request, READ_ONLY if request.method == "GET" else READ_WRITE),)

    def read_body(self, request: Request, schema: type[BaseModel]) -> BaseModel:
        """Parses the body, JSON or a form, by the schema; an empty body is an empty object."""
        raw = raw_body(request)
        if not raw:
            return validated(schema, {})
        media_type = content_type(request.headers)
        if media_type == FORM_TYPE:
            return validated_form(schema, form_pairs(raw))
        if media_type not in _JSON_TYPES and not media_type.endswith("+json"):
            raise BadRequest(f"The body must be JSON or a form: Content-Type: application/json or {FORM_TYPE}.")
        value = read_json(request)
        if not isinstance(value, dict):
            raise BadRequest("The body must be a JSON object.")
        return validated(schema, value)

    def read_variable(self, raw: str) -> str:
        """A path variable. Raises `NotFound` for a value that is no valid name."""
        return path_name_or_unknown(raw)

    def run(self, view: View, call: Call) -> object:
        """Runs a view with a guard at most once per `Idempotency-Key`."""
        if "guard" not in call.signature.parameters:
            return super().run(view, call)
        [account], target = call.caller, target_of(call.request)
        guard = guard_for(
            call.request.headers.get("idempotency-key"),
            partner=str(account),
            route=f"{target.method} {target.template}",
            target=target,
            body=raw_body(call.request),
        )
        try:
            return run_once(guard, lambda guard: view(account, **call.arguments, guard=guard))
        except KeyReused as error:
            raise key_reused() from error
        except Contended as error:
            raise request_in_flight() from error

    def list_answer(self, page: Page[Any], url: str) -> Response:
        """The answer of a list; items beyond Lambda's size limit are left to the next page in the list's direction."""
        query: Mapping[str, str] = self.current_request.query_params or {}
        is_upwards = any(name in query for name in ("starting_before", "ending_before"))
        room, kept = AnswerRoom(), []
        for item in reversed(page.items) if is_upwards else page.items:
            if not room.takes(render(item)):
                break
            kept.append(item)
        items = kept[::-1] if is_upwards else kept
        has_more = page.has_more or len(kept) < len(page.items)
        return answer(envelope(Page(items, has_more), url=SHOWN_BASE + url.removeprefix(BASE)))


def account_of(request: Request, scope: str) -> str:
    """The account of a token with a scope. Raises `BadRequest`, `Unauthorized`, `Forbidden`, in this order."""
    require_https(request)
    try:
        credential = oauth.authenticate(presented(request.headers, _ACCEPTED))
        for needed in (scope, "spaces"):
            require_scope(credential, needed, what="access token")
    except CredentialRefused as error:
        basic = "" if error.reason is Reason.LACKS_SCOPE else _BASIC_CHALLENGE
        raise unauthorized(error, realm="Spaces", also=basic) from error
    return credential.origin


def path_number(raw: str) -> int:
    """The number of a space in the path. Raises `NotFound` for any other text."""
    number = read_whole(path_name_or_unknown(raw), least=1, most=LARGEST_SPACE)
    return existing(number, otherwise=NotFound("You have no such space."))


SpaceNumber = Annotated[int, path_number]
