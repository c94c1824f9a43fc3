"""Changes of a deployed contract: queued, made once on the chain, and told; or refused."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain.contract_v2 import LockPolicy, Settings, read_settings
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.clock import now, travelled
from chalicelib.core.settings import settings
from infra import ROOT
from local.chain import start_chain
from tests.chain.collections_abi import grant_minter_call
from tests.chain.holders import funded_on_local_chain
from tests.chain.sender import Sender, funder
from tests.faults.recovery import let_time_pass
from tests.outside.libraries import answer_of
from tests.platform import HOLDER, OTHER_HOLDER, Answer, Partner, Platform
from tests.receivers import Receiver

_PUBLISHED = ROOT / "contracts" / "artifacts" / "SpacegardenCollectionV2.json"
_PAGE = "https://spacex.example/party.json"


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner of whose collection single tokens can be locked."""
    return platform.new_partner(lock="token")


@pytest.fixture
def receiver(partner: Partner) -> Iterator[Receiver]:
    """Gets what is told of collections."""
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url, event_types=["collection.updated"])
        yield receiver
        partner.platform.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}", key=partner.key)


@pytest.fixture
def noon() -> Iterator[None]:
    """A budget is of a day, which shall not end meanwhile."""
    begin = datetime.combine(now().date() + timedelta(days=1), time(hour=12, tzinfo=UTC))
    with travelled(begin - now()):
        yield


def _change(
    partner: Partner, kind: str, *, key: str | None = None, alias: str = "summer_party", **fields: Any
) -> Answer:
    path = f"/admin/partners/{partner.origin}/collections/{alias}/changes"
    headers = {"Idempotency-Key": key} if key else {}
    return partner.platform.call("POST", path, key=settings().admin_key, body={"kind": kind, **fields}, headers=headers)


def _read(partner: Partner, path: str = "", *, alias: str = "summer_party") -> Any:
    answer = partner.platform.admin("GET", f"/{partner.origin}/collections/{alias}{path}")
    assert answer.status == 200, answer
    return answer.json


def _on_chain(partner: Partner) -> Settings:
    settings = read_settings(node_of("local").rpc, _read(partner)["contract"])
    assert settings is not None
    return settings


def _is_locked(partner: Partner, token: str) -> bool:
    contract = _read(partner)["contract"]
    (locked,) = collection.ask(node_of("local").rpc, contract, "locked(uint256)", ["bool"], int(token))
    return bool(locked)


def _told(receiver: Receiver, count: int) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in receiver.wait_for(count, 5)]


def test_royalties_are_changed_on_the_chain_and_told(partner: Partner, receiver: Receiver) -> None:
    asked = _change(partner, "royalties", royalty_receiver=HOLDER, royalty_basis_points=250).json
    assert (asked["state"], asked["transaction_hash"]) == ("queued", None)
    [job] = _read(partner, "/jobs")["data"]
    assert (job["id"], job["kind"], job["change"]) == (f"collection-change-{asked['id']}", "change", "royalties")
    assert (job["token_id"], job["state"]) == (None, "waiting")
    partner.platform.drain()

    assert _on_chain(partner)[1:3] == (HOLDER, 250)
    shown = _read(partner)
    assert (shown["royalty_receiver"], shown["royalty_basis_points"]) == (HOLDER, 250)
    done = _read(partner, f"/changes/{asked['id']}")
    assert done["state"] == "done"
    receipt = node_of("local").rpc.receipt(done["transaction_hash"])
    assert receipt is not None
    assert receipt.succeeded
    [told] = _told(receiver, 1)
    at = told.pop("at")
    assert at["_seconds"] > 0
    assert told == {
        "success": True,
        "contract": shown["contract"],
        "contractId": "summer_party",
        "changeId": asked["id"],
        "kind": "royalties",
        "royaltyReceiver": HOLDER,
        "royaltyBasisPoints": 250,
        "actionType": "collection.updated",
        "transactionUrl": done["transaction_url"],
        "txHash": done["transaction_hash"],
    }
    assert _read(partner, "/jobs")["data"] == []
    audit = partner.platform.admin("GET", f"/{partner.origin}/audit").json["data"]
    assert (audit[0]["action"], audit[0]["target"]) == ("collection.change", f"summer_party/{asked['id']}")


def test_changes_of_a_collection_are_made_in_their_order_and_the_latest_stands(partner: Partner) -> None:
    first = _change(partner, "royalties", royalty_receiver=HOLDER, royalty_basis_points=100).json
    _change(partner, "royalties", royalty_receiver=OTHER_HOLDER, royalty_basis_points=200)
    last = _change(partner, "royalties", royalty_receiver=None).json
    partner.platform.drain()

    assert _on_chain(partner)[1:3] == (None, 0)
    assert (_read(partner)["royalty_receiver"], _read(partner)["royalty_basis_points"]) == (None, 0)
    listed = _read(partner, "/changes?limit=3")["data"]
    assert [each["id"] for each in listed] == [str(int(last["id"]) - number) for number in range(3)]
    blocks = [node_of("local").rpc.receipt(each["transaction_hash"]) for each in listed]
    numbers = [block.block_number for block in blocks if block is not None]
    assert numbers == sorted(set(numbers), reverse=True)
    behind = _read(partner, f"/changes?limit=1&starting_after={listed[1]['id']}")["data"]
    assert [each["id"] for each in behind] == [first["id"]]


def test_new_metadata_is_served_under_the_uri_that_the_contract_has(partner: Partner) -> None:
    asked = _change(partner, "metadata", description="Moved to the garden", external_url="https://spacex.example").json
    partner.platform.drain()

    uri = _on_chain(partner).contract_uri
    assert (asked["contract_uri"], _read(partner)["contract_uri"]) == (uri, uri)
    assert partner.platform.call("GET", uri.replace("ipfs://", "/ipfs/")).json == {
        "name": "Summer Party",
        "symbol": "PARTY",
        "description": "Moved to the garden",
        "external_link": "https://spacex.example",
    }


def test_metadata_of_the_partners_own_keep_their_address(partner: Partner) -> None:
    _change(partner, "metadata", contract_uri=_PAGE)
    partner.platform.drain()
    assert (_on_chain(partner).contract_uri, _read(partner)["contract_uri"]) == (_PAGE, _PAGE)


def test_token_is_locked_and_unlocked_while_others_are_not(partner: Partner, receiver: Receiver) -> None:
    token, other = (partner.announce(uid).json["tokenId"] for uid in ("locked", "free"))
    refused = _change(partner, "lock", token_id=token)
    assert (refused.status, refused.json["error"]["message"]) == (409, f"The NFT {token} is not minted yet.")
    partner.mint("locked")
    partner.mint("free")
    partner.platform.drain()

    assert _change(partner, "lock", token_id=token).status == 200
    [job] = _read(partner, "/jobs")["data"]
    assert (job["token_id"], job["change"]) == (token, "lock")
    partner.platform.drain()
    assert (_is_locked(partner, token), _is_locked(partner, other)) == (True, False)
    assert _change(partner, "unlock", token_id=token).status == 200
    partner.platform.drain()
    assert not _is_locked(partner, token)
    assert [(each["kind"], each["tokenId"]) for each in _told(receiver, 2)] == [("lock", token), ("unlock", token)]


def test_web3_reads_what_was_changed(platform: Platform) -> None:
    chain = start_chain()
    assert chain is not None, "the test wants the embedded chain"
    partner, wallet = platform.new_partner(lock="token"), funded_on_local_chain(node_of("local").rpc)
    token = partner.announce().json["tokenId"]
    partner.mint(user_addr=wallet.address)
    platform.drain()
    _change(partner, "royalties", royalty_receiver=OTHER_HOLDER, royalty_basis_points=250)
    _change(partner, "metadata", contract_uri=_PAGE)
    _change(partner, "lock", token_id=token)
    platform.drain()

    asked = {
        "contract": _read(partner)["contract"],
        "interfaces": {},
        "key": wallet.key,
        "token": int(token),
        "to": OTHER_HOLDER,
    }
    found = answer_of("web3.py", "read_collection", node=chain.url, artifact=_PUBLISHED, asked=asked)
    assert found == {
        "interfaces": {},
        "contract_uri": _PAGE,
        "royalty": [OTHER_HOLDER, 500],
        "locked": True,
        "locked_tokens": [int(token)],
        "uri_changes": 1,
        "transfer": "TokenLocked",
        "burned": True,
        "owner": "ERC721NonexistentToken",
    }


def test_repeated_call_with_a_key_changes_once_and_answers_the_same(partner: Partner) -> None:
    answers = [_change(partner, "metadata", contract_uri=_PAGE, key="again") for _ in range(2)]
    assert answers[0].json == answers[1].json
    newest = _read(partner, "/changes?limit=1")["data"]
    assert [each["id"] for each in newest] == [answers[0].json["id"]]
    other = _change(partner, "metadata", contract_uri=_PAGE + "?other", key="again")
    assert (other.status, other.json["error"]["message"]) == (422, "Idempotency-Key: was used for another request")
    partner.platform.drain()


def test_message_that_comes_again_changes_nothing_more(partner: Partner) -> None:
    asked = _change(partner, "royalties", royalty_receiver=HOLDER, royalty_basis_points=1).json
    partner.platform.drain()
    signer = node_of("local").signer.address
    nonce, done = node_of("local").rpc.nonce(signer), _read(partner, f"/changes/{asked['id']}")
    let_time_pass(partner.platform)
    assert _read(partner, f"/changes/{asked['id']}") == done
    assert node_of("local").rpc.nonce(signer) == nonce


def test_change_that_the_contract_refuses_fails_and_is_told(partner: Partner, receiver: Receiver) -> None:
    rpc = node_of("local").rpc
    stranger = Sender(rpc, funder())
    address = stranger.deploy(settings=Settings("ipfs://theirs", HOLDER, 999, LockPolicy.TOKEN))
    assert stranger.send(address, grant_minter_call(node_of("local").signer.address)).succeeded
    body = {"contract_id": "theirs", "name": "Gala", "symbol": "GALA", "contract": address}
    assert partner.platform.admin("POST", f"/{partner.origin}/collections", body).status == 200

    asked = _change(partner, "royalties", alias="theirs", royalty_receiver=OTHER_HOLDER, royalty_basis_points=1).json
    partner.platform.drain()

    failed = _read(partner, f"/changes/{asked['id']}", alias="theirs")
    assert (failed["state"], failed["code"], failed["transaction_hash"]) == ("failed", "reverted", None)
    assert failed["error"] == "The contract refuses: AccessControlUnauthorizedAccount"
    assert _read(partner, alias="theirs")["royalty_receiver"] == HOLDER
    [told] = _told(receiver, 1)
    assert (told["success"], told["code"], told["error"]) == (False, "reverted", failed["error"])


def test_cancelled_change_is_told_and_leaves_the_contract(partner: Partner, receiver: Receiver) -> None:
    before = _on_chain(partner)
    asked = _change(partner, "royalties", royalty_receiver=OTHER_HOLDER, royalty_basis_points=77).json
    path = f"/{partner.origin}/collections/summer_party/jobs/collection-change-{asked['id']}/cancel"
    assert partner.platform.admin("POST", path).status == 200
    partner.platform.drain()
    assert _on_chain(partner) == before
    assert _read(partner, f"/changes/{asked['id']}")["code"] == "cancelled"
    assert [each["code"] for each in _told(receiver, 1)] == ["cancelled"]


@pytest.mark.usefixtures("noon")
def test_change_counts_in_the_gas_budget_and_waits_for_it(platform: Platform) -> None:
    partner = platform.new_partner()
    budget = f"/{partner.origin}/gas_budgets/local"
    assert platform.admin("PATCH", budget, {"updates": 1}).status == 200
    for points in (1, 2):
        _change(partner, "royalties", royalty_receiver=HOLDER, royalty_basis_points=points)
    platform.drain()

    [shown] = platform.admin("GET", f"/{partner.origin}/gas_budgets").json["data"]
    assert (shown["spent_updates"], shown["held_updates"], float(shown["spent_coins"]) > 0) == (1, 0, True)
    assert [job["waits_for"] for job in _read(partner, "/jobs")["data"]] == ["waiting_for_budget"]
    assert _on_chain(partner).royalty_basis_points == 1
    assert platform.admin("PATCH", budget, {"updates": 2}).status == 200
    with travelled(timedelta(minutes=6)):
        platform.pump.tick("sweep_chain")
        platform.drain()
    assert _on_chain(partner).royalty_basis_points == 2


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"kind": "owner"}, "kind"),
        ({"kind": "royalties"}, "royalty_receiver"),
        ({"kind": "royalties", "royalty_receiver": "0x" + "0" * 40}, "royalty_receiver"),
        ({"kind": "royalties", "royalty_receiver": HOLDER, "royalty_basis_points": 10_001}, "royalty_basis_points"),
        ({"kind": "royalties", "royalty_receiver": None, "royalty_basis_points": 1}, "royalty_receiver"),
        ({"kind": "royalties", "royalty_receiver": HOLDER, "contract_uri": _PAGE}, "contract_uri"),
        ({"kind": "metadata"}, "contract_uri"),
        ({"kind": "metadata", "contract_uri": "http://spacex.example/party.json"}, "contract_uri"),
        ({"kind": "metadata", "contract_uri": _PAGE, "description": "Ours"}, "description"),
        ({"kind": "lock"}, "token_id"),
        ({"kind": "lock", "token_id": "-1"}, "token_id"),
    ],
)
def test_change_that_makes_no_sense_is_refused_by_field(partner: Partner, fields: dict[str, Any], param: str) -> None:
    answer = _change(partner, **fields)
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(param)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"contract_version": "v1"}, "The collection's contract is of version 1, of which nothing can be changed."),
        ({"lock": "none"}, "The contract was deployed with the lock none: no token can be locked."),
        ({"lock": "collection"}, "The contract was deployed with the lock collection: every token is locked for ever."),
    ],
)
def test_lock_that_the_contract_does_not_have_is_refused(partner: Partner, given: dict[str, Any], words: str) -> None:
    alias = f"fixed_{'_'.join(given.values())}"
    partner.add_collection(alias, **given)
    refused = _change(partner, "unlock", alias=alias, token_id="1")
    assert (refused.status, refused.json["error"]["message"]) == (409, words)
    assert _read(partner, "/changes", alias=alias)["data"] == []


def test_what_does_not_exist_is_not_found(partner: Partner) -> None:
    assert _change(partner, "royalties", alias="nowhere", royalty_receiver=None).status == 404
    assert _change(partner, "lock", token_id="999999").status == 404
    for change in ("0", "999", "first"):
        path = f"/{partner.origin}/collections/summer_party/changes/{change}"
        assert partner.platform.admin("GET", path).status == 404
    listed = partner.platform.admin("GET", f"/{partner.origin}/collections/summer_party/changes?starting_after=x")
    assert listed.status == 400
