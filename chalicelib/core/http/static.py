"""`/static/{name}`: styles, scripts and drawings, kept by every cache for as long as their address lives."""

from chalice.app import Blueprint, Response

from chalicelib.core.errors import NotFound
from chalicelib.core.html.assets import PATH, find_asset

_FOR_EVER = "public, max-age=31536000, immutable"

routes = Blueprint(__name__)


@routes.route(PATH + "/{name}", methods=["GET"])
def get_asset(name: str) -> Response:
    """Serves a file of the pages; one whose content has changed since the page was made is not kept."""
    asset = find_asset(name)
    if asset is None:
        raise NotFound("There is no such file.")
    headers: dict[str, str | list[str]] = {
        "Content-Type": asset.media_type,
        "Cache-Control": _FOR_EVER if name == asset.address_name else "no-store",
        "X-Content-Type-Options": "nosniff",
        # A drawing that is opened by itself runs nothing.
        "Content-Security-Policy": "default-src 'none'; style-src 'self'",
    }
    return Response(asset.text, status_code=200, headers=headers)
