"""`/openapi.json`, and the same for Postman and for language models.

Each is made when it is first asked for, and kept for the life of the process.
"""

import hashlib
from functools import lru_cache
from typing import Any

from chalice.app import Blueprint, Chalice, Response

from chalicelib.core.http.application import Application
from chalicelib.core.http.respond import render
from chalicelib.core.settings import settings

ADDRESS = "/openapi.json"
POSTMAN = "/postman.json"
LLMS = "/llms.txt"
CACHE = "public, max-age=300"
_JSON = "application/json"

routes = Blueprint(__name__)


@routes.route(ADDRESS, methods=["GET"])
def get_document() -> Response:
    """Serves this reference as an OpenAPI 3.1 document."""
    return _served(ADDRESS, _JSON)


@routes.route(POSTMAN, methods=["GET"])
def get_postman_collection() -> Response:
    """Serves this reference as a Postman collection (v2.1)."""
    return _served(POSTMAN, _JSON)


@routes.route(LLMS, methods=["GET"])
def get_llms_text() -> Response:
    """Serves this reference as a text for language models (llmstxt.org)."""
    return _served(LLMS, "text/plain; charset=utf-8")


def _served(address: str, content_type: str) -> Response:
    text, tag = _tagged_text(address)
    headers: dict[str, str | list[str]] = {"Cache-Control": CACHE, "ETag": tag, "Access-Control-Allow-Origin": "*"}
    asked = routes.current_request.headers.get("if-none-match", "")
    if tag in asked or asked.strip() == "*":
        return Response("", status_code=304, headers=headers)
    return Response(text, status_code=200, headers={"Content-Type": content_type, **headers})


@lru_cache(maxsize=1)
def document(app: Chalice) -> dict[str, Any]:
    """The document of an app."""
    from chalicelib.reference.document import build  # every schema of the platform, which no other call needs

    assert isinstance(app, Application)
    app.load_all()
    return build(app.routes, url=settings().public_url)


@lru_cache(maxsize=3)
def _tagged_text(address: str) -> tuple[str, str]:
    """The text of an address with its ETag."""
    from chalicelib.reference.exports import llms_text, postman_collection

    described, url = document(routes.current_app), settings().public_url
    if address == LLMS:
        text = llms_text(described, url=url)
    else:
        text = render(described if address == ADDRESS else postman_collection(described, url=url)).decode()
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
