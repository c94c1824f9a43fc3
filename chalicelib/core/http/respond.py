"""Answers, rendered straight to JSON text."""

from collections.abc import Sequence
from typing import Any

from chalice.app import Response
from pydantic_core import to_json

_JSON = "application/json"


def render(content: Any) -> bytes:
    """JSON bytes of models and plain values."""
    return to_json(content, by_alias=True)


def answer(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer of models and plain values."""
    return Response(render(content).decode(), status_code=status, headers={"Content-Type": _JSON, **(headers or {})})


def answer_array(rendered: Sequence[bytes], *, headers: dict[str, str]) -> Response:
    """A JSON array of items that are rendered already."""
    body = b"[" + b",".join(rendered) + b"]"
    return Response(body.decode(), status_code=200, headers={"Content-Type": _JSON, **headers})
