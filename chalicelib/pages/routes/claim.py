"""`/claim`: the holder's way from an e-mail address to an NFT of their own."""

from chalice.app import Blueprint, Response

from chalicelib.pages.routes.visits import page, visit_of
from chalicelib.pages.service.sessions import Realm

HOLDER = Realm("sg_holder", seconds=2 * 3600)

routes = Blueprint(__name__)


@routes.route("/claim", methods=["GET"])
def show_claim() -> Response:
    """Asks for the e-mail address."""
    visit = visit_of(routes.current_request, HOLDER)
    return page(visit, "sign_in.html")
