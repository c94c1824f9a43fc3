"""`/i` and `/i/{code}`: a holder applies an interaction to their own NFT, by a QR code or a password."""

import re

from chalice.app import Blueprint, Response

from chalicelib.core.errors import BadRequest, NotFound, TooManyRequests
from chalicelib.core.http.parse import path_value
from chalicelib.core.ids import random_token
from chalicelib.gardenlab.code_schemas import code_url
from chalicelib.gardenlab.domain import xp_number
from chalicelib.gardenlab.errors import CodeRefusal
from chalicelib.gardenlab.service import codes, holders
from chalicelib.gardenlab.service.code_texts import text_of
from chalicelib.limits.service import Limit, LimitReached, network_of, use
from chalicelib.pages.routes.holder import holder_of, to_sign_in, words_of
from chalicelib.pages.routes.nft import drawn
from chalicelib.pages.routes.visits import form_of, page, see_other, source_ip
from chalicelib.pages.service.sessions import Visit
from chalicelib.pages.service.views import nft_view
from chalicelib.pages.wording import amount, minute

CODES = "/i"
PASSWORDS = Limit("passwords-network", most=30, seconds=600)
_TOKEN_ID = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_LONGEST_ONCE = 64

routes = Blueprint(__name__)


@routes.route(CODES, methods=["GET"])
def show_password_form() -> Response:
    """Asks for a password."""
    visit, email = holder_of(routes.current_request)
    return page(visit, "password.html", email=email, problem=None)


@routes.route(CODES, methods=["POST"])
def find_by_password() -> Response:
    """Leads from a password to what it applies."""
    request = routes.current_request
    visit, email = holder_of(request)
    form = form_of(request, visit)
    try:
        use(PASSWORDS, network_of(source_ip(request)))
    except LimitReached as error:
        raise TooManyRequests(
            "Too many passwords were tried. Please try again in ten minutes.", retry_after=error.retry_after
        ) from error
    try:
        found = codes.find_by_password(form.get("password", "")[:256])
    except codes.CodeUnknown:
        problem = "There is no such password. Perhaps it is spelled otherwise."
        return page(visit, "password.html", status=400, email=email, problem=problem)
    return see_other(visit, f"{CODES}/{text_of(found.code.public_id)}")


@routes.route(CODES + "/{code}", methods=["GET"])
def show_code(code: str) -> Response:
    """Tells what a code does, and asks to apply it, once the holder has signed in."""
    visit, email = holder_of(routes.current_request)
    found = _found(code)
    return _page(visit, email, found, code)


@routes.route(CODES + "/{code}", methods=["POST"])
def apply_code(code: str) -> Response:
    """Applies the code's interaction to the holder's NFT."""
    request = routes.current_request
    visit, email = holder_of(request)
    form = form_of(request, visit)
    found = _found(code)
    if email is None:
        return to_sign_in(visit, f"{CODES}/{code}")
    token_id = form.get("token", "")
    try:
        answer = codes.redeem(
            found,
            email=email,
            token_id=token_id if _TOKEN_ID.fullmatch(token_id) else None,
            once=form.get("once", "")[:_LONGEST_ONCE],
        )
    except BadRequest as error:
        return _page(visit, email, found, code, status=400, problem=words_of(error))
    nft = holders.find_nft(answer["contract"], answer["tokenId"])
    assert nft is not None, "it was changed just now"
    return page(
        visit,
        "code_applied.html",
        email=email,
        nft=nft_view(nft.token, nft.collection),
        interaction=found.interaction.name,
    )


@routes.route(CODES + "/{code}/qr.svg", methods=["GET"])
def show_qr_code(code: str) -> Response:
    """Draws the QR code that leads to a code's page."""
    found = _found(code)
    return drawn(code_url(found.code.public_id))


def _found(code: str) -> codes.Found:
    try:
        return codes.find(path_value(code))
    except codes.CodeUnknown as error:
        raise NotFound("There is no such code. Perhaps the address was cut short on its way to you.") from error


def _page(
    visit: Visit,
    email: str | None,
    found: codes.Found,
    code: str,
    *,
    status: int = 200,
    problem: str | None = None,
) -> Response:
    over = None
    try:
        codes.check_usable(found.code)
    except CodeRefusal as error:
        over = error.message
    nfts = [] if email is None or over else holders.nfts_in(found.collection, email)
    interaction = found.interaction
    return page(
        visit,
        "code.html",
        status=status,
        email=email,
        code=code,
        interaction=interaction,
        gains=None if interaction.no_xp else amount(xp_number(int(interaction.xp_micros))),
        collection=found.collection.name,
        until=minute(found.code.expires_at),
        over=over,
        problem=None if over else problem,
        nfts=[nft_view(row, found.collection) for row in nfts],
        choose=len(nfts) > 1,
        once=random_token(20),
    )
