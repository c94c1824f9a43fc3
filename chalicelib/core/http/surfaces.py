"""How each surface words its errors."""

import json
import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from chalice.app import Response

from chalicelib.core.errors import ApiError, ServerError, error_for_status

RenderError = Callable[[ApiError, str], Response]
# Stripe's error types by status; any other 4xx is `invalid_request_error`.
_STRIPE_TYPES: Final = {401: "authentication_error", 422: "idempotency_error", 429: "rate_limit_error"}
# Control characters, line ends, and characters that change the direction of writing.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def is_beneath(path: str, prefix: str) -> bool:
    """True of the path `prefix` itself and of all that continue it by whole segments."""
    return path == prefix or path.startswith(prefix.rstrip("/") + "/")


class Surface(NamedTuple):
    """Paths whose errors have one form. The table of parts says which they are (`chalicelib/surfaces.py`).

    `answers_for_partners`: here this service answers in a partner's place, also to its own calls.
    """

    name: str
    render_error: RenderError
    answers_for_partners: bool = False


def json_body(content: object, *, status: int, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer made from plain Python values."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(body=text, status_code=status, headers={"Content-Type": "application/json", **(headers or {})})


def wording(error: ApiError, request_id: str) -> str:
    """The message for the caller, as one line whatever values it quotes; for our own faults only the request id."""
    if isinstance(error, ServerError):
        return f"Something went wrong on our side. Please quote request {request_id}."
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), error.message)


def stripe_type(status: int) -> str:
    """Stripe's error type for a status."""
    return "api_error" if status >= 500 else _STRIPE_TYPES.get(status, "invalid_request_error")


def shortened(text: str, length: int) -> str:
    """A text of at most `length` characters.

    The middle is left out, since a sentence names its subject first and says last what is wrong with it.
    """
    if len(text) <= length:
        return text
    kept_at_end = length // 2 - 1
    return f"{text[: length - kept_at_end - 1]}…{text[-kept_at_end:]}"


def render_coded(error: ApiError, request_id: str) -> Response:
    """`{"error": {"status", "code", "message"}}`, the form of most surfaces."""
    content = {"error": {"status": error.status, "code": error.code, "message": wording(error, request_id)}}
    return json_body(content, status=error.status)


def render_plain(error: ApiError, request_id: str) -> Response:
    """`{"message"}`: what belongs to no surface."""
    return json_body({"message": wording(error, request_id)}, status=error.status)


def gateway_error(status: int, message: str) -> dict[str, Any]:
    """What the gateway answers by itself, at whatever address: plain, coded, and as Stripe's clients read it."""
    code = error_for_status(status, message).code
    return {
        "message": message,
        "error": {"status": status, "code": code, "message": message, "type": stripe_type(status)},
    }


PLAIN = Surface(name="platform", render_error=render_plain)
