"""What the holder's pages have in common: their sign-in, and the NFT that a path names."""

import re
from typing import NoReturn

from chalice.app import Request, Response

from chalicelib.chain.addresses import InvalidAddress, checksum_address
from chalicelib.core.errors import ApiError, NotFound
from chalicelib.core.http.parse import path_value
from chalicelib.core.numbers import read_whole
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID
from chalicelib.gardenlab.service import holders
from chalicelib.pages.routes.visits import see_other, visit_of
from chalicelib.pages.service.sessions import Realm, Visit

HOLDER = Realm("sg_holder", seconds=2 * 3600)
HOME = "/claim"
_LONGEST_PATH = 256
_OWN_PATH = re.compile(r"/(claim|i)(/[A-Za-z0-9][A-Za-z0-9:_-]*)*", re.ASCII)


def holder_of(request: Request) -> tuple[Visit, str | None]:
    """The visit, and the e-mail address of who is signed in: none or one request."""
    visit = visit_of(request, HOLDER)
    return visit, None if visit.content is None else str(visit.content["email"])


def to_sign_in(visit: Visit, path: str) -> Response:
    """Leads to the sign-in, and from there back to a path."""
    return see_other(visit, f"{HOME}/sign-in?next={path}")


def own_path(text: str) -> str:
    """A path of the holder's pages to go on to after the sign-in; the first of them for anything else."""
    return text if len(text) <= _LONGEST_PATH and _OWN_PATH.fullmatch(text) else HOME


def place_of(contract: str, token: str) -> tuple[str, str]:
    """An NFT's address of a path: its contract's `place`, EIP-55 form, and token id. Raises `NotFound`."""
    chain, separator, address = path_value(contract).rpartition(":")
    try:
        place = f"{chain}{separator}{checksum_address(address)}"
    except InvalidAddress:
        no_such_nft()
    token_id = path_value(token)
    if read_whole(token_id, least=0, most=LARGEST_TOKEN_ID) is None:
        no_such_nft()
    return place, token_id


def nft_of(contract: str, token: str) -> holders.Nft:
    """The NFT that a path names. Raises `NotFound`."""
    return holders.find_nft(*place_of(contract, token)) or no_such_nft()


def no_such_nft() -> NoReturn:
    """Raises the refusal of what is not there."""
    raise NotFound("There is no such NFT. Perhaps the address was cut short on its way to you.")


def words_of(error: ApiError) -> str:
    """A refusal of the API as a sentence for its holder, without the name of a field before it."""
    return re.sub(r"^[a-z_A-Z.]+: ", "", error.message)
