"""`/i` and `/i/{code}`: a holder applies an interaction to their own NFT, by a QR code or a password.

Each partner has passwords of its own. `/i?partner={origin}` takes those of one partner; `/i` those of the partners
whose NFTs the holder has, and so needs a sign-in.
"""

from contextlib import suppress

from chalice.app import Blueprint, Response

from chalicelib.core.errors import BadRequest, NotFound, TooManyRequests
from chalicelib.core.html.policy import page_headers
from chalicelib.core.http.parse import LONGEST_NAME, path_value, query_of
from chalicelib.core.http.request import source_ip
from chalicelib.core.ids import random_token
from chalicelib.core.numbers import read_whole
from chalicelib.gardenlab.code_schemas import code_url
from chalicelib.gardenlab.code_texts import text_of
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID, xp_number
from chalicelib.gardenlab.service import codes, holders
from chalicelib.limits.service import Limit, LimitReached, network_of, use
from chalicelib.pages.routes.holder import holder_form, holder_message, holder_of, redirect_to_sign_in
from chalicelib.pages.routes.nft import qr_code_response
from chalicelib.pages.routes.visits import page, see_other
from chalicelib.pages.service.sessions import Visit
from chalicelib.pages.service.views import amount, nft_view
from chalicelib.partners import service as partners
from chalicelib.partners.errors import PartnerUnknown

CODES = "/i"
PASSWORDS = Limit("passwords-network", most=30, seconds=600)
_LONGEST_ONCE = 64
_NO_SUCH_PASSWORD = "There is no such password. Perhaps it is spelled otherwise."
_SIGN_IN_FIRST = (
    "There is no such password here. Open the address that your host gave you, or sign in with your e-mail address "
    "first, and enter it again."
)

routes = Blueprint(__name__)


@routes.route(CODES, methods=["GET"])
def show_password_form() -> Response:
    """Asks for a password; `partner` in the query names whose."""
    request = routes.current_request
    visit, email = holder_of(request)
    return _password_page(visit, email, query_of(request.query_params).get("partner", ""))


@routes.route(CODES, methods=["POST"])
def find_by_password() -> Response:
    """Redirects from a password to the page of its code."""
    request = routes.current_request
    visit, email, form = holder_form(request)
    try:
        use(PASSWORDS, network_of(source_ip(request)))
    except LimitReached as error:
        raise TooManyRequests(
            f"Too many passwords were tried. Please try again in {PASSWORDS.seconds // 60} minutes.",
            retry_after=error.retry_after,
        ) from error
    partner = form.get("partner", "")[:LONGEST_NAME]
    found = codes.find_by_password(form.get("password", "")[:256], partner=partner or None, holder=email)
    if not found:
        problem = _NO_SUCH_PASSWORD if email or partner else _SIGN_IN_FIRST
        return _password_page(visit, email, partner, status=400, problem=problem)
    if len(found) > 1:
        choices = [(text_of(each.code.public_id), each.interaction.name, each.collection.name) for each in found]
        return page(visit, "password_choice.html", email=email, choices=choices)
    return see_other(visit, f"{CODES}/{text_of(found[0].code.public_id)}")


@routes.route(CODES + "/{code}", methods=["GET"])
def show_code(code: str) -> Response:
    """Shows what a code does; a signed-in holder can apply it."""
    visit, email = holder_of(routes.current_request)
    found = _found(code, email)
    return _page(visit, email, found, code)


@routes.route(CODES + "/{code}", methods=["POST"])
def apply_code(code: str) -> Response:
    """Applies the code's interaction to the holder's NFT."""
    visit, email, form = holder_form(routes.current_request)
    found = _found(code, email)
    if email is None:
        return redirect_to_sign_in(visit, f"{CODES}/{code}")
    token_id = form.get("token", "")
    try:
        answer = codes.redeem(
            found,
            email=email,
            token_id=None if read_whole(token_id, least=0, most=LARGEST_TOKEN_ID) is None else token_id,
            once=form.get("once", "")[:_LONGEST_ONCE],
        )
    except BadRequest as error:
        return _page(visit, email, found, code, status=400, problem=holder_message(error))
    nft = holders.find_nft(found.collection.place, answer["tokenId"])
    assert nft is not None, "it was changed just now"
    return page(
        visit,
        "code_applied.html",
        email=email,
        nft=nft_view(nft.token, nft.collection),
        interaction=found.interaction.name,
        headers=page_headers(images=True),
    )


@routes.route(CODES + "/{code}/qr.svg", methods=["GET"])
def show_qr_code(code: str) -> Response:
    """Draws the QR code that leads to a code's page."""
    found = _found(code, None)
    return qr_code_response(code_url(found.code.public_id))


def _password_page(
    visit: Visit, email: str | None, partner: str, *, status: int = 200, problem: str | None = None
) -> Response:
    host = None
    if 1 <= len(partner) <= LONGEST_NAME:
        with suppress(PartnerUnknown):
            host = partners.get_partner(partner)
    return page(visit, "password.html", status=status, email=email, host=host, problem=problem)


def _found(code: str, email: str | None) -> codes.Found:
    try:
        return codes.find(path_value(code), holder=email)
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
        codes.check_usable(found)
    except BadRequest as error:
        over = error.message
    held = [] if email is None or over else holders.nfts_in(found.collection, email)
    refusals = {token.token_id: codes.refusal_of(found, token) for token in held}
    nfts = [token for token in held if refusals[token.token_id] is None]
    if held and not nfts:
        over = next(refusal.message for refusal in refusals.values() if refusal is not None)
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
        until=found.code.expires_at,
        over=over,
        problem=None if over else problem,
        nfts=[nft_view(row, found.collection) for row in nfts],
        choose=len(nfts) > 1,
        once=random_token(20),
    )
