"""Collections on the admin surface."""

from typing import Any

import pytest

from chalicelib.chain import contract as chain_contract
from chalicelib.chain.service.nodes import node_of
from tests.chain.collections_abi import grant_minter_call
from tests.chain.sender import Sender, funder
from tests.gardenlab.admin_calls import audit_log, below
from tests.platform import HOLDER, Answer, Partner, Platform

_URI = "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/metadata.json"
# Deploys one byte of code, which stops at once and answers nothing.
_SILENT_CONTRACT = bytes.fromhex("6001600c60003960016000f300")


class Stranger:
    """Somebody else with a contract of their own on the platform's chain."""

    def __init__(self) -> None:
        self.sender = Sender(node_of("local").rpc, funder())

    def deploy(self, *token_ids: int, lets_us_mint: bool = True) -> str:
        """A collection's contract with these tokens."""
        address = self.sender.deploy()
        for token_id in token_ids:
            assert self.sender.send(address, chain_contract.mint_call(HOLDER, token_id, _URI)).succeeded
        if lets_us_mint:
            assert self.sender.send(address, grant_minter_call(node_of("local").signer.address)).succeeded
        return address


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Stranger:
    del platform
    return Stranger()


@pytest.fixture(scope="module")
def settled(platform: Platform) -> Partner:
    """A partner that tests share where they leave alone what others look at."""
    return platform.new_partner()


@pytest.fixture
def fresh(platform: Platform) -> Partner:
    """A partner without a collection."""
    return platform.new_partner(collection=False)


def _collections(partner: Partner, **fields: Any) -> Answer:
    body = {"contract_id": "gala", "name": "Gala", "symbol": "GALA", **fields}
    return partner.platform.admin("POST", f"/{partner.origin}/collections", body)


def test_a_deployed_collection_is_code_that_lets_us_mint(fresh: Partner) -> None:
    created = _collections(fresh)
    assert created.status == 200
    node = node_of("local")
    assert node.rpc.code(created.json["contract"])
    assert chain_contract.has_minter_role(node.rpc, created.json["contract"], node.signer.address)


def test_a_collection_is_shown_as_it_was_created(fresh: Partner) -> None:
    created = _collections(fresh, chain="local", level_thresholds=[0, 10, 20.5]).json
    assert set(created) == {
        "contract_id",
        "contract",
        "chain",
        "name",
        "symbol",
        "level_thresholds",
        "xp_follows",
        "may_change_token_id",
        "contract_version",
        "contract_uri",
        "royalty_receiver",
        "royalty_basis_points",
        "lock",
        "created_at",
    }
    assert (created["chain"], created["level_thresholds"]) == ("local", [0, 10, 20.5])
    assert (created["xp_follows"], created["may_change_token_id"]) == ("reservation", False)
    path = f"/{fresh.origin}/collections"
    assert fresh.platform.admin("GET", f"{path}/gala").json == created
    listed = fresh.platform.admin("GET", path).json
    assert (listed["url"], listed["data"]) == (f"/admin/partners{path}", [created])
    entry = audit_log(fresh)[0]
    assert (entry["action"], entry["target"]) == ("collection.create", "gala")
    assert (entry["before"], entry["after"]) == (None, created)


def test_an_alias_is_taken_once_by_each_partner(fresh: Partner, settled: Partner, stranger: Stranger) -> None:
    first = _collections(fresh, contract=stranger.deploy()).json
    again = _collections(fresh, name="Another")
    assert (again.status, again.error_code) == (409, "CONFLICT")
    assert fresh.platform.admin("GET", f"/{fresh.origin}/collections/gala").json == first
    assert _collections(settled).status == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"contract_id": ""},
        {"contract_id": "a b"},
        {"contract_id": "a/b"},
        {"contract_id": "a#b"},
        {"contract_id": ".."},
        {"contract_id": "x" * 129},
        {"contract_id": "COLLECTIONS"},
        {"name": ""},
        {"symbol": ""},
        {"symbol": "x" * 33},
        {"chain": "atlantis"},
        {"contract": "0x123"},
        {"contract": HOLDER[:-1] + "9"},
        {"contract": HOLDER.lower().replace("0x", "0X")},
        {"owner": HOLDER},
    ],
)
def test_a_collection_that_cannot_be_is_refused_by_field(settled: Partner, fields: dict[str, Any]) -> None:
    answer = _collections(settled, **{"contract_id": "impossible", **fields})
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(next(iter(fields)))


_WRONG_THRESHOLDS = [
    [],
    [1],
    [1, 2],
    [0, 0],
    [0, 5, 5],
    [0, 10, 5],
    [0, -1],
    [0, "5"],
    [0, True],
    [0, 0.0000001],
    [0, 2e9],
]


@pytest.mark.parametrize("thresholds", [*_WRONG_THRESHOLDS, list(range(1001)), "0,5", {"0": 5}])
def test_thresholds_begin_with_0_and_rise(settled: Partner, thresholds: Any) -> None:
    created = _collections(settled, contract_id="impossible", level_thresholds=thresholds)
    changed = below(settled, "PATCH", "", {"level_thresholds": thresholds})
    for answer in (created, changed):
        assert answer.status == 400
        assert answer.json["error"]["message"].startswith("level_thresholds")


def test_changed_thresholds_move_levels_at_the_next_interaction(platform: Platform) -> None:
    partner = platform.new_partner()
    partner.save_interaction()
    token_id = partner.announce().json["tokenId"]
    partner.act()
    assert partner.nft(token_id)["level"] == 1
    before = below(partner, "GET", "").json
    changed = below(partner, "PATCH", "", {"level_thresholds": [0, 0.5, 10]})
    assert changed.json == {**before, "level_thresholds": [0, 0.5, 10]}
    assert partner.nft(token_id)["level"] == 1
    partner.act()
    assert partner.nft(token_id)["level"] == 3
    assert below(partner, "PATCH", "", {"level_thresholds": None}).json == before
    partner.act()
    assert partner.nft(token_id)["level"] == 1


def test_a_collections_change_is_told_and_no_change_is_not(fresh: Partner, stranger: Stranger) -> None:
    created = _collections(fresh, contract=stranger.deploy()).json
    path = f"/{fresh.origin}/collections/gala"
    changed = fresh.platform.admin("PATCH", path, {"level_thresholds": [0, 7]}).json
    assert fresh.platform.admin("PATCH", path, {}).json == changed
    entries = [entry for entry in audit_log(fresh) if entry["action"] == "collection.update"]
    assert [(entry["before"], entry["after"]) for entry in entries] == [(created, changed)]


@pytest.mark.parametrize("change", [{"name": "x"}, {"contract": HOLDER}, {"contract_id": "x"}])
def test_what_lies_on_the_chain_stays(settled: Partner, change: dict[str, Any]) -> None:
    assert below(settled, "PATCH", "", change).status == 400


def test_a_collection_that_is_not_there_is_not_found(settled: Partner) -> None:
    for name in ("nothing", "x" * 3000, "%23"):
        path = f"/{settled.origin}/collections/{name}"
        assert settled.platform.admin("GET", path).status == 404
        assert settled.platform.admin("PATCH", path, {"level_thresholds": [0]}).status == 404
        assert settled.platform.admin("GET", f"{path}/categories").status == 404
        assert settled.platform.admin("GET", f"{path}/interactions").status == 404


def test_collections_are_paged_by_alias(fresh: Partner, stranger: Stranger) -> None:
    for name in ("b", "é", "a"):
        assert _collections(fresh, contract_id=name, contract=stranger.deploy()).status == 200
    path = f"/{fresh.origin}/collections"
    first = fresh.platform.admin("GET", path, query={"limit": 2}).json
    assert ([row["contract_id"] for row in first["data"]], first["has_more"]) == (["a", "b"], True)
    second = fresh.platform.admin("GET", path, query={"limit": 2, "starting_after": "b"}).json
    assert ([row["contract_id"] for row in second["data"]], second["has_more"]) == (["é"], False)


# A contract that exists


def test_a_contract_that_lets_us_mint_is_taken_over(fresh: Partner, stranger: Stranger) -> None:
    address = stranger.deploy()
    created = _collections(fresh, contract=address.lower())
    assert (created.status, created.json["contract"]) == (200, address)


def test_token_ids_go_on_above_the_highest_on_the_chain(fresh: Partner, stranger: Stranger) -> None:
    address = stranger.deploy(41, 7)
    assert _collections(fresh, contract_id="summer_party", contract=address).status == 200
    fresh.add_category("summer_party", "VIP")
    assert fresh.announce().json["tokenId"] == "42"
    fresh.mint()
    fresh.platform.drain()
    assert chain_contract.owner_of(node_of("local").rpc, address, 42) == HOLDER


def test_token_ids_begin_with_1_where_there_are_none(fresh: Partner, stranger: Stranger) -> None:
    assert _collections(fresh, contract_id="summer_party", contract=stranger.deploy()).status == 200
    fresh.add_category("summer_party", "VIP")
    assert fresh.announce().json["tokenId"] == "1"


def test_a_contract_whose_ids_leave_no_room_is_refused(fresh: Partner, stranger: Stranger) -> None:
    answer = _collections(fresh, contract=stranger.deploy(2**256 - 1))
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")


def test_an_address_without_code_is_refused(fresh: Partner) -> None:
    for address in (HOLDER, "0x" + "0" * 40):
        answer = _collections(fresh, contract=address)
        assert answer.status == 400
        assert answer.json["error"]["message"] == "contract: There is no contract at this address."


def test_a_contract_that_does_not_let_us_mint_is_refused(fresh: Partner, stranger: Stranger) -> None:
    answer = _collections(fresh, contract=stranger.deploy(lets_us_mint=False))
    assert answer.status == 400
    assert "MINTER_ROLE" in answer.json["error"]["message"]
    assert node_of("local").signer.address in answer.json["error"]["message"]


def test_a_contract_that_is_no_collection_is_refused(fresh: Partner, stranger: Stranger) -> None:
    answer = _collections(fresh, contract=stranger.sender.send(None, _SILENT_CONTRACT).contract_address)
    assert answer.status == 400
    assert answer.json["error"]["message"] == "contract: The contract is not a collection with roles."


def test_a_contract_belongs_to_one_collection(fresh: Partner, settled: Partner) -> None:
    taken = below(settled, "GET", "").json["contract"]
    for partner in (settled, fresh):
        answer = _collections(partner, contract_id="again", contract=taken.lower())
        assert (answer.status, answer.error_code) == (409, "CONFLICT")
        assert settled.origin not in answer.json["error"]["message"]
    assert fresh.platform.admin("GET", f"/{fresh.origin}/collections").json["data"] == []
