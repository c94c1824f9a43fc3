"""`/egress.json`: the addresses from which partners are called, for their firewalls."""

from chalice.app import Blueprint, Response

from chalicelib.core.http.respond import answer
from chalicelib.core.settings import settings

ADDRESS = "/egress.json"

routes = Blueprint(__name__)


@routes.route(ADDRESS, methods=["GET"])
def get_egress_addresses() -> Response:
    """Shows the addresses from which partners are called."""
    addresses = [f"{address}/32" for address in settings().egress_addresses]
    return answer({"fixed": bool(addresses), "addresses": addresses}, headers={"Cache-Control": "public, max-age=300"})
