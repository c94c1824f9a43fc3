"""What others do to a collection's contract on the chain, and what of a token's lock everybody sees."""

import pytest

from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.domain.changes import COLLECTION
from chalicelib.chain.domain.places import Place
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Locking
from chalicelib.core.settings import LOCAL_CHAIN
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from tests.chain.collections_abi import grant_minter_call, set_contract_uri_call, set_locked_call, set_royalty_call
from tests.chain.holders import Wallet, funded_on_local_chain
from tests.chain.sender import Sender, funder
from tests.pages.console.world import sign_in
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform

_LOCKED = "cannot be transferred while it is locked"
_LATER = Place(generation=999, block=1).text
_EARLIER = Place(generation=0, block=0).text


class _Theirs:
    """A partner's collection on a contract that somebody else administers."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self._administrator = Sender(node_of(LOCAL_CHAIN).rpc, funder())
        given = Settings("ipfs://theirs", HOLDER, 250, LockPolicy.TOKEN)
        self.contract = self._administrator.deploy(settings=given)
        self.administer(grant_minter_call(node_of(LOCAL_CHAIN).signer.address))
        body = {"contract_id": "theirs", "name": "Gala", "symbol": "GALA", "contract": self.contract}
        assert partner.platform.admin("POST", f"/{partner.origin}/collections", body).status == 200
        partner.add_category("theirs", "VIP")

    def administer(self, data: bytes) -> None:
        """Calls the contract as its administrator."""
        assert self._administrator.send(self.contract, data).succeeded

    def read(self) -> None:
        """Lets the reader of the chain run."""
        self.partner.platform.pump.tick("read_chains")
        self.partner.platform.drain()

    def shown(self) -> tuple[str | None, str | None, int]:
        """The settings, as the collection shows them."""
        path = f"/{self.partner.origin}/collections/theirs"
        found = self.partner.platform.admin("GET", path).json
        return found["contract_uri"], found["royalty_receiver"], found["royalty_basis_points"]

    def token(self, token_id: str) -> TokenReference:
        """One of its tokens, or the collection."""
        return TokenReference(self.partner.origin, "theirs", token_id, LOCAL_CHAIN, self.contract)


@pytest.fixture(scope="module")
def theirs(platform: Platform) -> _Theirs:
    """A collection of a partner of its own."""
    return _Theirs(platform.new_partner(collection=False))


@pytest.fixture(scope="module")
def holder(theirs: _Theirs) -> Wallet:
    """A wallet with coins."""
    del theirs
    return funded_on_local_chain(node_of(LOCAL_CHAIN).rpc)


@pytest.fixture
def token(theirs: _Theirs, holder: Wallet, uid: str) -> str:
    """A token of the holder's."""
    return _announced(theirs, uid, holder)


def _announced(theirs: _Theirs, uid: str, holder: Wallet) -> str:
    token_id = theirs.partner.announce(uid, contract_id="theirs").json["tokenId"]
    assert theirs.partner.mint(uid, contract_id="theirs", user_addr=holder.address).status == 200
    theirs.partner.platform.drain()
    return str(token_id)


def _page(partner: Partner, contract: str, token_id: str) -> str:
    return str(partner.platform.call("GET", f"/nft/{contract}/{token_id}").json)


def _console(partner: Partner, token_id: str, *, alias: str) -> str:
    surfer = sign_in(partner)
    surfer.get(f"/console/collections/{alias}/nfts/{token_id}")
    return surfer.words


def test_settings_that_somebody_else_changed_are_shown(theirs: _Theirs) -> None:
    assert theirs.shown() == ("ipfs://theirs", HOLDER, 250)
    theirs.administer(set_contract_uri_call("ipfs://elsewhere"))
    theirs.read()
    assert theirs.shown() == ("ipfs://elsewhere", HOLDER, 250)
    # Royalties have no event: they are read with the next one of the metadata.
    theirs.administer(set_royalty_call(OTHER_HOLDER, 500))
    theirs.read()
    assert theirs.shown() == ("ipfs://elsewhere", HOLDER, 250)
    theirs.administer(set_contract_uri_call("https://gala.example/" + "x" * 3_000))
    theirs.read()
    assert theirs.shown() == ("", OTHER_HOLDER, 500)


def test_lock_of_a_token_by_somebody_else_is_seen_on_its_pages(theirs: _Theirs, token: str, holder: Wallet) -> None:
    shown = []
    for is_locked in (True, False, True):
        theirs.administer(set_locked_call(int(token), is_locked=is_locked))
        theirs.read()
        words = _console(theirs.partner, token, alias="theirs")
        shown.append((_LOCKED in _page(theirs.partner, theirs.contract, token), _LOCKED in words))
    assert shown == [(True, True), (False, False), (True, True)]
    holder.burn(theirs.contract, int(token))
    theirs.read()
    assert _LOCKED not in _page(theirs.partner, theirs.contract, token)


def test_lock_that_the_platform_made_is_seen_with_its_end(platform: Platform) -> None:
    partner = platform.new_partner(lock="token")
    token = partner.announce().json["tokenId"]
    partner.mint()
    platform.drain()
    contract = partner.nft(token)["contract"]
    for kind in ("lock", "unlock"):
        path = f"/{partner.origin}/collections/summer_party/changes"
        assert platform.admin("POST", path, {"kind": kind, "token_id": token}).status == 200
        platform.drain()
        assert (_LOCKED in _page(partner, contract, token)) is (kind == "lock")
        platform.pump.tick("read_chains")  # the event of our own change tells nothing new
        platform.drain()
        assert (_LOCKED in _page(partner, contract, token)) is (kind == "lock")


def test_tokens_of_a_locked_collection_say_that_they_stay_with_their_holder(platform: Platform) -> None:
    partner = platform.new_partner(lock="collection")
    token = partner.announce().json["tokenId"]
    contract = str(partner.nft(token)["contract"])
    assert "stays with its holder" not in _page(partner, contract, token), "it has none yet"
    partner.mint()
    platform.drain()
    platform.pump.tick("read_chains")
    platform.drain()
    assert "stays with its holder for ever" in _page(partner, contract, token)
    assert "stays with its holder for ever" in _console(partner, token, alias="summer_party")


def test_what_is_of_an_earlier_place_changes_nothing(theirs: _Theirs, token: str) -> None:
    surface, collection = GardenlabTokens(), theirs.token(COLLECTION)
    latest, other = Settings("ipfs://latest", HOLDER, 1), Settings("ipfs://other", None, 0)
    surface.settings_changed(collection, _LATER, lambda: latest)
    for place in (_EARLIER, _LATER):
        surface.settings_changed(collection, place, lambda: other)
    assert theirs.shown() == ("ipfs://latest", HOLDER, 1)
    assert surface.lock_changed(theirs.token(token), Locking(is_locked=True, place=_LATER))
    for place in (_EARLIER, _LATER):
        assert surface.lock_changed(theirs.token(token), Locking(is_locked=False, place=place))
    assert _LOCKED in _page(theirs.partner, theirs.contract, token)


def test_lock_of_a_token_whose_mint_is_not_ended_is_told_later(theirs: _Theirs, holder: Wallet, uid: str) -> None:
    surface, locking = GardenlabTokens(), Locking(is_locked=True, place=_EARLIER)
    token = str(theirs.partner.announce(uid, contract_id="theirs").json["tokenId"])
    assert surface.lock_changed(theirs.token(token), locking), "a stranger's, for it is reserved and no more"
    theirs.partner.mint(uid, contract_id="theirs", user_addr=holder.address)
    assert not surface.lock_changed(theirs.token(token), locking)
    theirs.partner.platform.drain()
    assert surface.lock_changed(theirs.token(token), locking)
    assert _LOCKED in _page(theirs.partner, theirs.contract, token)
