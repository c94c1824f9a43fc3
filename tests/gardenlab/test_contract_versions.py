"""Collections on both versions of the contract: what a deployment sets, what is found, and what is refused."""

from typing import Any

import pytest

from chalicelib.chain import contract as chain_contract
from chalicelib.chain.abi import topic
from chalicelib.chain.contract_v2 import LockPolicy, Settings, read_settings
from chalicelib.chain.metadata import canonical_json, cid_of, metadata_uri
from chalicelib.chain.service.nodes import node_of
from tests.chain.collections_abi import grant_minter_call
from tests.chain.sender import Sender, funder
from tests.platform import HOLDER, Answer, Partner, Platform

_SETTINGS = {
    "description": "Ein Fest für alle",
    "imgUrl": "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/party.png",
    "external_url": "https://spacex.example/gala",
    "royalty_receiver": HOLDER,
    "royalty_basis_points": 250,
    "lock": "token",
}
_OF_CONTRACT = ("contract_version", "contract_uri", "royalty_receiver", "royalty_basis_points", "lock")


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner whose collections have names of their own."""
    return platform.new_partner(collection=False)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Sender:
    """Somebody else with coins on the platform's chain."""
    del platform
    return Sender(node_of("local").rpc, funder())


def _create(partner: Partner, contract_id: str, **fields: Any) -> Answer:
    body = {"contract_id": contract_id, "name": "Gala", "symbol": "GALA", **fields}
    return partner.platform.admin("POST", f"/{partner.origin}/collections", body)


def _of_contract(shown: dict[str, Any]) -> list[Any]:
    return [shown[name] for name in _OF_CONTRACT]


def test_a_new_contract_has_the_settings_that_were_given(partner: Partner) -> None:
    created = _create(partner, "gala", **_SETTINGS).json

    settings = read_settings(node_of("local").rpc, created["contract"])
    assert settings == Settings(created["contract_uri"], HOLDER, 250, LockPolicy.TOKEN)
    assert _of_contract(created) == ["v2", settings.contract_uri, HOLDER, 250, "token"]
    assert partner.platform.admin("GET", f"/{partner.origin}/collections/gala").json == created


def test_the_collections_metadata_is_served_under_its_ipfs_address(partner: Partner) -> None:
    created = _create(partner, "served", **_SETTINGS).json

    served = partner.platform.call("GET", created["contract_uri"].replace("ipfs://", "/ipfs/"))

    assert (served.status, served.json) == (
        200,
        {
            "name": "Gala",
            "symbol": "GALA",
            "description": _SETTINGS["description"],
            "image": _SETTINGS["imgUrl"],
            "external_link": _SETTINGS["external_url"],
        },
    )
    assert created["contract_uri"] == metadata_uri(cid_of(canonical_json(served.json)))


def test_without_settings_there_are_no_royalties_and_no_locks(partner: Partner) -> None:
    created = _create(partner, "plain").json

    assert read_settings(node_of("local").rpc, created["contract"]) == Settings(created["contract_uri"])
    assert _of_contract(created) == ["v2", created["contract_uri"], None, 0, "none"]


def test_version_1_is_deployed_where_it_is_chosen_and_mints_as_ever(platform: Platform) -> None:
    partner = platform.new_partner(contract_version="v1")
    created = platform.admin("GET", f"/{partner.origin}/collections/summer_party").json

    assert _of_contract(created) == ["v1", None, None, 0, "none"]
    assert read_settings(node_of("local").rpc, created["contract"]) is None
    partner.announce("guest")
    minting = partner.mint("guest").json
    platform.drain()
    assert (
        chain_contract.token_uri(node_of("local").rpc, created["contract"], int(minting["tokenId"]))
        == minting["tokenUrl"]
    )


@pytest.mark.parametrize(
    "settings", [None, Settings("ipfs://theirs", HOLDER, 999, LockPolicy.COLLECTION)], ids=["v1", "v2"]
)
def test_the_version_of_a_contract_that_exists_is_found_on_the_chain(
    partner: Partner, stranger: Sender, settings: Settings | None
) -> None:
    address = stranger.deploy(settings=settings)
    assert stranger.send(address, grant_minter_call(node_of("local").signer.address)).succeeded

    registered = _create(partner, f"taken_{'v2' if settings else 'v1'}", contract=address)

    found = ["v1", None, None, 0, "none"] if settings is None else ["v2", "ipfs://theirs", HOLDER, 999, "collection"]
    assert _of_contract(registered.json) == found


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"contract_version": "v3"}, "contract_version"),
        ({"royalty_basis_points": 10_001, "royalty_receiver": HOLDER}, "royalty_basis_points"),
        ({"royalty_basis_points": -1, "royalty_receiver": HOLDER}, "royalty_basis_points"),
        ({"royalty_basis_points": 100}, "royalty_receiver"),
        ({"royalty_receiver": "0x" + "0" * 40}, "royalty_receiver"),
        ({"lock": "sometimes"}, "lock"),
        ({"contract_version": "v1", "lock": "token"}, "lock"),
        ({"contract_version": "v1", "description": "Old"}, "description"),
        ({"contract": HOLDER, "contract_version": "v2"}, "contract_version"),
        ({"contract": HOLDER, "royalty_receiver": HOLDER}, "royalty_receiver"),
    ],
)
def test_settings_that_the_contract_cannot_have_are_refused_by_field(
    partner: Partner, fields: dict[str, Any], param: str
) -> None:
    answer = _create(partner, "impossible", **fields)

    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(param)


def test_a_mint_in_a_locked_collection_ends_well(platform: Platform) -> None:
    partner = platform.new_partner(lock="collection")
    partner.announce("guest")
    minting = partner.mint("guest").json
    platform.drain()

    rpc, token = node_of("local").rpc, int(minting["tokenId"])
    assert chain_contract.ask(rpc, minting["contract"], "locked(uint256)", ["bool"], token) == (True,)
    assert chain_contract.token_uri(rpc, minting["contract"], token) == minting["tokenUrl"]
    locked = rpc.logs(minting["contract"], [topic("Locked(uint256)")], from_block=0, to_block="latest")
    assert [int.from_bytes(log.data) for log in locked] == [token]
    platform.pump.tick("read_chains")
    assert partner.nft(str(token))["owner"] == minting["userAddr"]
