"""What all routes share: authentication, bodies, lists, idempotency and errors."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib.core.credentials import Accepted, CredentialRefused, Reason, presented, require_scope
from chalicelib.core.errors import ApiError, BadRequest, Conflict, Contended, NotFound, Unprocessable, UnsupportedMedia
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.forms import FORM_TYPE, form_pairs, validated_form
from chalicelib.core.http.parse import content_type, path_value, query_of, validated
from chalicelib.core.http.request import json_body as read_json
from chalicelib.core.http.request import raw_body, target_of
from chalicelib.core.http.respond import answer, render
from chalicelib.core.http.surfaces import Surface, json_body, stripe_type, wording
from chalicelib.core.http.transport import require_https
from chalicelib.core.numbers import read_whole
from chalicelib.core.pagination import AnswerRoom, Page, envelope
from chalicelib.idempotency.service import Guard, KeyReused, guard_for, run_once
from chalicelib.oauth import service as oauth
from chalicelib.oauth.domain import READ_ONLY, READ_WRITE
from chalicelib.spaces.domain import LARGEST_SPACE

BASE = "/api/v1"
# A list names its own path below the API's base, as Stripe's clients expect.
SHOWN_BASE = "/v1"
_JSON_TYPES = ("application/json", "text/json")
_BASIC_CHALLENGE = 'Basic realm="Spaces", charset="UTF-8", '
_ACCEPTED = Accepted("access token", basic_user=True)
_LONGEST_ID = 128
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
M = TypeVar("M", bound=BaseModel)


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


def authenticate_reader(request: Request) -> str:
    """The account of a token with read access. Raises `BadRequest`, `Unauthorized`, `Forbidden`, in this order."""
    return _account(request, READ_ONLY)


def authenticate_writer(request: Request) -> str:
    """The account of a token with write access. Raises the same errors."""
    return _account(request, READ_WRITE)


def _account(request: Request, scope: str) -> str:
    require_https(request)
    try:
        credential = oauth.authenticate(presented(request.headers, _ACCEPTED))
        for needed in (scope, "spaces"):
            require_scope(credential, needed, what="access token")
    except CredentialRefused as error:
        basic = "" if error.reason is Reason.LACKS_SCOPE else _BASIC_CHALLENGE
        raise unauthorized(error, realm="Spaces", also=basic) from error
    return credential.origin


def path_id(raw: str) -> str:
    """A path variable. Raises `NotFound` for a value that is no valid name."""
    try:
        name = path_value(raw)
    except BadRequest as error:
        raise NotFound("There is nothing at this address.") from error
    if not 1 <= len(name) <= _LONGEST_ID:
        raise NotFound("There is nothing at this address.")
    return name


def path_number(raw: str) -> int:
    """The number of a space in the path. Raises `NotFound` for any other text."""
    number = read_whole(path_id(raw), least=1, most=LARGEST_SPACE)
    if number is None:
        raise NotFound("You have no such space.")
    return number


def read_body(request: Request, schema: type[M]) -> M:
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


def run_once_per_key(request: Request, account: str, operation: Callable[[Guard], Any]) -> Response:
    """Runs a POST at most once per `Idempotency-Key`; without a key, it just runs."""
    target = target_of(request)
    guard = guard_for(
        request.headers.get("idempotency-key"),
        partner=account,
        route=f"{target.method} {target.template}",
        target=target,
        body=raw_body(request),
    )
    try:
        return answer(run_once(guard, operation))
    except KeyReused as error:
        raise key_reused() from error
    except Contended as error:
        raise request_in_flight() from error


def answer_list(request: Request, path: str, page: Callable[[Mapping[str, str]], Page[Any]]) -> Response:
    """A list route's answer, cut at the size limit of Lambda."""
    found = page(query_of(request.query_params))
    # Items are cut at the end of the page in its own direction.
    is_upwards = any(name in (request.query_params or {}) for name in ("starting_before", "ending_before"))
    room, kept = AnswerRoom(), []
    for item in reversed(found.items) if is_upwards else found.items:
        if not room.takes(render(item)):
            break
        kept.append(item)
    items = kept[::-1] if is_upwards else kept
    has_more = found.has_more or len(kept) < len(found.items)
    return answer(envelope(Page(items, has_more), url=f"{SHOWN_BASE}{path}"))
