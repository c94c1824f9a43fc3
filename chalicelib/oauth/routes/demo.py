"""`/oauth/demo`: the callback page of a local run's demo application. No deployed stage has it."""

import re

from chalice.app import Blueprint, Response

from chalicelib.core.errors import NotFound
from chalicelib.core.http.parse import query_of
from chalicelib.core.settings import settings
from chalicelib.demo import CALLBACK, CLIENT_ID, CLIENT_SECRET
from chalicelib.oauth.routes.protocol import AUTHORIZE, TOKEN

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]{1,200}")  # safe in a shell command

routes = Blueprint(__name__)


@routes.route(CALLBACK, methods=["GET"])
def show_demo_callback() -> Response:
    """Shows the authorization code of the demo application, and the call that redeems it."""
    if not settings().is_local:
        raise NotFound("There is nothing at this address.")
    from chalicelib.oauth import pages

    query = query_of(routes.current_request.query_params)
    code = query.get("code", "")
    page = pages.render(
        "demo.html",
        code=code if _PLAIN.fullmatch(code) else None,
        problem=query.get("error_description") or query.get("error"),
        start=f"{AUTHORIZE}?response_type=code&client_id={CLIENT_ID}",
        token_url=settings().public_url + TOKEN,
        client=f"{CLIENT_ID}:{CLIENT_SECRET}",
        account_url=f"{settings().public_url}/api/v1/account",
    )
    return Response(page, status_code=200, headers=pages.headers())
