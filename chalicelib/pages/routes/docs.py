"""`/docs`: the API reference as HTML, made from the same document as `/openapi.json`."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.errors import NotFound
from chalicelib.core.html.policy import Headers
from chalicelib.core.html.rendering import public_path
from chalicelib.core.http import pages
from chalicelib.core.http.parse import path_value
from chalicelib.core.http.respond import render
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.settings import settings
from chalicelib.pages.routes.visits import TEMPLATES
from chalicelib.reference.routes import ADDRESS, CACHE, document

BASE = "/docs"
# Their names have no underscore, and those of operations have one.
_CHAPTERS = ("events", "errors", "changelog", "search.json")

routes = Blueprint(__name__)
surface = Surface(name="docs", render_error=pages.error_page("/docs", "API reference"))


@routes.route(BASE, methods=["GET"])
def show_reference() -> Response:
    """Shows the list of operations and the general rules."""
    from chalicelib.pages.service import documentation
    from chalicelib.reference.guide import PARTS, SUMMARY

    return _page(
        "docs/index.html",
        groups=documentation.groups(document(routes.current_app)),
        guide=PARTS,
        summary=SUMMARY,
        address=ADDRESS,
    )


@routes.route(BASE + "/{name}", methods=["GET"])
def show_page(name: str) -> Response:
    """Shows a chapter, or one operation to be tried out."""
    from chalicelib.pages.service import documentation

    name = path_value(name)
    if name in _CHAPTERS:
        return _chapter(name)
    try:
        shown = documentation.operation_view(document(routes.current_app), name, url=settings().public_url)
    except documentation.OperationUnknown as error:
        raise NotFound("The reference has no such operation.") from error
    return _page("docs/operation.html", shown=shown, tried_at=public_path(shown.entry.path))


def _chapter(name: str) -> Response:
    from chalicelib.pages.service import chapters

    if name == "changelog":
        return _page("docs/changelog.html", releases=chapters.changelog())
    described = document(routes.current_app)
    if name == "events":
        return _page("docs/events.html", events=chapters.events(described))
    if name == "errors":
        return _page("docs/errors.html", groups=chapters.errors(described))
    headers: Headers = {"Content-Type": "application/json", "Cache-Control": CACHE}
    return Response(render(chapters.search_terms(described)).decode(), status_code=200, headers=headers)


def _page(template: str, **values: Any) -> Response:
    from chalicelib.pages.service import documentation

    values |= {"words": documentation.text_parts, "authorizations": documentation.AUTHORIZATIONS}
    return pages.page(TEMPLATES, template, headers={"Cache-Control": CACHE}, base=BASE, **values)
