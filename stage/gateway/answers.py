"""The response that API Gateway makes of a function's answer, and the gateway's own answers."""

import base64
import gzip
import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from stage.gateway.api import Api
from stage.gateway.events import Request

# Renamed to x-amzn-Remapped-…, and dropped: https://docs.aws.amazon.com/apigateway/latest/developerguide/
# api-gateway-known-issues.html, "Some response headers are remapped".
_REMAPPED = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-md5",
        "date",
        "host",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    }
)
_DROPPED = frozenset({"expect", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade"})
_STATUSES = {
    "MISSING_AUTHENTICATION_TOKEN": 403,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "BAD_REQUEST_BODY": 400,
    "INTEGRATION_FAILURE": 504,
    "INTEGRATION_TIMEOUT": 504,
    "THROTTLED": 429,
}


class Response(NamedTuple):
    """A response for the wire, without the headers that the sockets add."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def own_answer(api: Api, kind: str) -> Response:
    """The gateway's own answer of a kind, worded by the template where it has words for it."""
    status = _STATUSES.get(kind, 500)
    default = api.own_answers.get("DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX")
    answer = api.own_answers.get(kind) or default
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid4())), ("x-amzn-ErrorType", kind)]
    if answer is None:
        return Response(status, headers, b'{"message":null}')
    return Response(answer.status or status, [*headers, *answer.headers.items()], answer.body.encode())


def response_of(request: Request, api: Api, answer: bytes) -> Response:
    """The response to a function's answer; what is not of the form that a proxy integration asks for is a 502."""
    try:
        given: dict[str, Any] = json.loads(answer)
        status = int(given["statusCode"])
        body = _body(given)
        headers = _headers(given)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Response(502, [("Content-Type", "application/json")], b'{"message": "Internal server error"}')
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers.append(("x-amzn-RequestId", str(uuid4())))
    smallest = api.smallest_compressed
    encoded = any(name.lower() == "content-encoding" for name, _ in headers)
    if smallest is not None and len(body) >= smallest and "gzip" in request.header("accept-encoding") and not encoded:
        body = gzip.compress(body, 6)
        headers.append(("Content-Encoding", "gzip"))
    return Response(status, headers, body)


def _body(given: dict[str, Any]) -> bytes:
    text = given.get("body") or ""
    return base64.b64decode(text) if given.get("isBase64Encoded") else str(text).encode("utf-8", "surrogatepass")


def _headers(given: dict[str, Any]) -> list[tuple[str, str]]:
    several: dict[str, list[Any]] = dict(given.get("multiValueHeaders") or {})
    several |= {name: [value] for name, value in (given.get("headers") or {}).items() if name not in several}
    return [
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, str(value))
        for name, values in several.items()
        if name.lower() not in _DROPPED
        for value in values
    ]
