"""`/`: the first page. It says what the platform is and links to its parts; in a local run it has the demo's keys."""

from chalice.app import Blueprint, Response

from chalicelib import demo
from chalicelib.core.http import pages
from chalicelib.core.settings import settings
from chalicelib.pages.routes.visits import TEMPLATES, own_host
from chalicelib.pages.service.demo import demo_calls
from chalicelib.version import VERSION

HOME = "/"

routes = Blueprint(__name__)


@routes.route(HOME, methods=["GET"])
def show_home() -> Response:
    """Shows what the platform is, with links to the console, the reference and its health."""
    is_local = settings().is_local
    url = f"http://{own_host(routes.current_request)}" if is_local else settings().public_url
    return pages.page(
        TEMPLATES,
        "home.html",
        version=VERSION,
        stage=settings().stage,
        is_local=is_local,
        keys=(("Partner's API key", settings().demo_key), ("Operator's admin key", settings().admin_key)),
        demo=demo,
        calls=demo_calls(url, settings().demo_key) if is_local else (),
    )
