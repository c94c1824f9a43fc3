"""The console's page of a collection's contract."""

from chalicelib.chain.contract_v2 import read_settings
from chalicelib.chain.service.nodes import node_of
from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import HOLDER, Platform

_PAGE = "/console/collections/summer_party/contract"


def _send(operator: Surfer, **fields: str) -> None:
    """Sends one of the page's forms, of which each has a `kind`."""
    operator.get(_PAGE)
    token = next(held["csrf"] for _, held in operator.forms() if "csrf" in held)
    operator.post(_PAGE, {"csrf": token, **fields})


def test_partner_changes_royalties_metadata_and_a_lock(platform: Platform) -> None:
    partner = platform.new_partner(lock="token", description="A night in orbit")
    token = partner.announce().json["tokenId"]
    partner.mint()
    platform.drain()
    operator = sign_in(partner)
    operator.get(_PAGE)
    assert "A night in orbit" in operator.html
    _send(operator, kind="royalties", royalty_receiver=HOLDER, royalty_basis_points="250")
    assert "The change is on its way to the chain." in operator.words
    assert "Royalties: 2.5 % to" in operator.words
    operator.get("/console/collections/summer_party/queue")
    assert "The contract New royalties" in operator.words
    _send(operator, kind="metadata", description="Two nights", imgUrl="", external_url="", contract_uri="")
    _send(operator, kind="lock", token_id=token)
    platform.drain()

    operator.get(_PAGE)
    assert "Two nights" in operator.html
    assert operator.words.count("On the chain") == 3
    settings = read_settings(node_of("local").rpc, partner.nft(token)["contract"])
    assert settings is not None
    assert settings[1:3] == (HOLDER, 250)
    operator.get("/console/audit")
    assert operator.words.count("collection.change") == 3


def test_wrong_wishes_are_refused_in_words_and_what_is_fixed_is_not_offered(platform: Platform) -> None:
    partner = platform.new_partner(lock="collection")
    operator = sign_in(partner)
    operator.get(_PAGE)
    assert "Every token is locked for ever." in operator.words
    _send(operator, kind="royalties", royalty_receiver="0x1", royalty_basis_points="250")
    assert 'value="250"' in operator.html
    assert 'id="royalty_receiver-error"' in operator.html
    partner.add_collection("old", contract_version="v1")
    operator.get("/console/collections/old/contract")
    assert "Nothing can be changed" in operator.words
