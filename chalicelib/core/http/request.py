"""What a Chalice request carries, as plain values."""

import hmac
from typing import Any
from urllib.parse import urlencode

from chalice.app import Request

from chalicelib.core.http.parse import MAX_BODY_BYTES, parse_json
from chalicelib.core.http.target import Target
from chalicelib.core.settings import settings

_HASH_DIGITS = 16


def raw_body(request: Request) -> bytes:
    """The body's bytes; empty where there is none."""
    raw = request.raw_body or b""
    return raw.encode() if isinstance(raw, str) else raw


def source_ip(request: Request) -> str:
    """The address that the request comes from, as the gateway saw it."""
    return str(request.context.get("identity", {}).get("sourceIp", ""))


def hashed_source(request: Request) -> str:
    """A keyed hash that stands for the caller's address in logs: the same for one address on one stage."""
    return hmac.digest(settings().log_salt.encode(), source_ip(request).encode(), "sha256").hex()[:_HASH_DIGITS]


def json_body(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> Any:
    """The body's JSON value. Raises `BadRequest` or `PayloadTooLarge`."""
    return parse_json(raw_body(request), max_bytes=max_bytes)


def template_of(request: Request) -> str:
    """The path of the request's route, such as `/api/v1/things/{id}`, which Chalice calls the request's path."""
    return str(request.path or "/")


def path_of(request: Request) -> str:
    """The path that was asked for, with its ids as they were received.

    It is the route's template with its variables filled in. The event's own path would begin with the stage or with
    the base path of a custom domain.
    """
    captured = request.uri_params or {}
    parts = (captured.get(part[1:-1], part) if part.startswith("{") else part for part in _parts(request))
    return "/".join(parts)


def target_of(request: Request) -> Target:
    """Method, route, path and query of a request. The parameters of the query are in the order of their names."""
    parameters: Any = request.query_params or {}
    pairs = [(name, value) for name in sorted(parameters) for value in parameters.getlist(name)]
    return Target(str(request.method), template_of(request), path_of(request), urlencode(pairs, errors="surrogatepass"))


def _parts(request: Request) -> list[str]:
    return template_of(request).split("/")
