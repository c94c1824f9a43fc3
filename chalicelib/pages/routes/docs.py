"""`/docs`: the API reference as HTML, made from the same document as `/openapi.json`."""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.core.errors import NotFound
from chalicelib.core.html.rendering import public_path
from chalicelib.core.http import pages
from chalicelib.core.http.parse import path_value
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.settings import settings
from chalicelib.pages.routes.visits import TEMPLATES
from chalicelib.reference.routes import ADDRESS, CACHE, document

BASE = "/docs"

routes = Blueprint(__name__)
surface = Surface(name="docs", prefixes=(BASE,), render_error=pages.render_error)


@routes.route(BASE, methods=["GET"])
def show_reference() -> Response:
    """Shows the list of operations and the general rules."""
    from chalicelib.pages.service import documentation
    from chalicelib.reference.guide import PARTS, SUMMARY

    return _page(
        "docs/index.html",
        groups=documentation.groups(document()),
        guide=PARTS,
        summary=SUMMARY,
        words=documentation.text_parts,
        address=ADDRESS,
    )


@routes.route(BASE + "/{operation}", methods=["GET"])
def show_operation(operation: str) -> Response:
    """Shows one operation with a form to try it."""
    from chalicelib.pages.service import documentation

    try:
        shown = documentation.operation_view(document(), path_value(operation), url=settings().public_url)
    except documentation.OperationUnknown as error:
        raise NotFound("The reference has no such operation.") from error
    tried_at = public_path(shown.entry.path)
    return _page("docs/operation.html", shown=shown, words=documentation.text_parts, tried_at=tried_at)


def _page(template: str, **values: Any) -> Response:
    return pages.page(TEMPLATES, template, headers={"Cache-Control": CACHE}, base=BASE, **values)
