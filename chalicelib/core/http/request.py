"""What a Chalice request carries, as plain values."""

from typing import Any

from chalice.app import Request

from chalicelib.core.http.parse import MAX_BODY_BYTES, parse_json


def raw_body(request: Request) -> bytes:
    """The body's bytes; empty where there is none."""
    raw = request.raw_body or b""
    return raw.encode() if isinstance(raw, str) else raw


def json_body(request: Request, *, max_bytes: int = MAX_BODY_BYTES) -> Any:
    """The body's JSON value. Raises `BadRequest` or `PayloadTooLarge`."""
    return parse_json(raw_body(request), max_bytes=max_bytes)
