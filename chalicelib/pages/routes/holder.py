"""Helpers of the holder's pages: the sign-in, and the NFT named by a path."""

import re
from typing import NoReturn

from chalice.app import Request, Response

from chalicelib.chain.addresses import InvalidAddress, checksum_address
from chalicelib.core.errors import ApiError, NotFound
from chalicelib.core.http.parse import path_value
from chalicelib.core.numbers import read_whole
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID
from chalicelib.gardenlab.service import holders
from chalicelib.pages.routes.visits import form_of, see_other, visit_of
from chalicelib.pages.service.sessions import Realm, Visit

HOLDER = Realm("sg_holder", seconds=2 * 3600)
HOME = "/claim"
_LONGEST_PATH = 256
_OWN_PATH = re.compile(r"/(claim|i)(/[A-Za-z0-9][A-Za-z0-9:_-]*)*", re.ASCII)


def holder_of(request: Request) -> tuple[Visit, str | None]:
    """The visit and the signed-in e-mail address, or None. Makes at most one request."""
    visit = visit_of(request, HOLDER)
    return visit, None if visit.content is None else str(visit.content["email"])


def holder_form(request: Request) -> tuple[Visit, str | None, dict[str, str]]:
    """The same with the fields of the form that was sent. Raises as `form_of`."""
    visit, email = holder_of(request)
    return visit, email, form_of(request, visit)


def redirect_to_sign_in(visit: Visit, path: str) -> Response:
    """Redirects to the sign-in, which returns to the path afterwards."""
    return see_other(visit, f"{HOME}/sign-in?next={path}")


def own_path(text: str) -> str:
    """A path of the holder's pages that is safe to redirect to; the first page for any other text."""
    return text if len(text) <= _LONGEST_PATH and _OWN_PATH.fullmatch(text) else HOME


def parse_nft_path(contract: str, token: str) -> tuple[str, str]:
    """The contract's `place` (in EIP-55 form) and the token id from path variables. Raises `NotFound`."""
    chain, separator, address = path_value(contract).rpartition(":")
    try:
        place = f"{chain}{separator}{checksum_address(address)}"
    except InvalidAddress:
        raise_no_such_nft()
    token_id = path_value(token)
    if read_whole(token_id, least=0, most=LARGEST_TOKEN_ID) is None:
        raise_no_such_nft()
    return place, token_id


def nft_of(contract: str, token: str) -> holders.Nft:
    """The NFT that a path names. Raises `NotFound`."""
    return holders.find_nft(*parse_nft_path(contract, token)) or raise_no_such_nft()


def raise_no_such_nft() -> NoReturn:
    """Raises `NotFound` for an unknown NFT."""
    raise NotFound("There is no such NFT. Perhaps the address was cut short on its way to you.")


def holder_message(error: ApiError) -> str:
    """An API error's message without the field's name, for a holder's page."""
    return re.sub(r"^[a-z_A-Z.]+: ", "", error.message)
