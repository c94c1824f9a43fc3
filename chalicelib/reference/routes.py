"""`/openapi.json`: the document, made when it is first asked for and kept for the life of the process."""

import hashlib
from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.http.application import Application
from chalicelib.core.http.respond import render
from chalicelib.core.settings import settings

ADDRESS = "/openapi.json"
CACHE = "public, max-age=300"

routes = Blueprint(__name__)


@routes.route(ADDRESS, methods=["GET"])
def get_document() -> Response:
    """Serves this reference as an OpenAPI 3.1 document."""
    text, tag = _rendered()
    headers: dict[str, str | list[str]] = {"Cache-Control": CACHE, "ETag": tag, "Access-Control-Allow-Origin": "*"}
    asked = routes.current_request.headers.get("if-none-match", "")
    if tag in asked or asked.strip() == "*":
        return Response("", status_code=304, headers=headers)
    return Response(text, status_code=200, headers={"Content-Type": "application/json", **headers})


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The document of the app that these routes are part of."""
    from chalicelib.reference.document import build  # every schema of the platform, which no other call needs

    app = routes.current_app
    assert isinstance(app, Application)
    app.load_all()
    return build(app.routes, url=settings().public_url)


@lru_cache(maxsize=1)
def _rendered() -> tuple[str, str]:
    text = render(document()).decode()
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
