"""Claiming: which NFT, for which address, once; and again after a mint that failed on the chain."""

import pytest

from chalicelib.chain import contract as chain_contract
from chalicelib.chain.metadata import cid_of, metadata_uri
from chalicelib.chain.service.documents import read_document
from chalicelib.chain.service.nodes import node_of
from tests.faults.lagging import indexes_standing_still
from tests.gardenlab.admin_calls import audit_log
from tests.gardenlab.api import announced, applied, assert_refused, minting, saved
from tests.gardenlab.roles import allow_minting
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform


@pytest.fixture(scope="module", autouse=True)
def second(club: Partner) -> None:
    saved(club, "mint_checkin")
    club.add_category("summer_party", "MINT_SECOND")


@pytest.fixture
def drained(platform: Platform) -> Platform:
    """The platform without work of earlier tests."""
    platform.drain()
    return platform


def test_a_claim_is_answered_at_once_and_the_nft_is_minting(club: Partner, uid: str) -> None:
    token_id = announced(club, uid)
    answer = club.mint(uid)
    assert answer.status == 200
    nft = club.nft(token_id)
    assert set(answer.json) == {"userAddr", "contract", "tokenId", "tokenUrl"}
    assert (answer.json["userAddr"], answer.json["contract"], answer.json["tokenId"]) == (
        HOLDER,
        nft["contract"],
        token_id,
    )
    assert (nft["status"], nft["owner"], nft["tokenUrl"], nft["mintedAt"]) == ("minting", None, None, None)
    assert club.transactions(token_id) == []


def test_the_token_url_names_the_metadata_by_its_true_cid(club: Partner, uid: str) -> None:
    announced(club, uid, nft_info={"name": "Ünïcode", "attributes": {"k": [1, 0.5]}})
    applied(club, uid, "mint_checkin")
    url = club.mint(uid).json["tokenUrl"]
    document = read_document(url.removeprefix("ipfs://").split("/")[0])
    assert document is not None
    assert url == metadata_uri(cid_of(document))
    assert uid.encode() not in document


def test_again_with_the_same_address_is_the_same_answer_before_and_after_the_mint(
    club: Partner, uid: str, drained: Platform
) -> None:
    token_id = announced(club, uid)
    first = club.mint(uid, user_addr=HOLDER.lower())
    assert club.mint(uid).json == first.json
    drained.drain()
    assert club.nft(token_id)["status"] == "minted"
    assert club.mint(uid).json == first.json
    assert club.mint(uid, token_id=token_id).json == first.json
    assert drained.drain().succeeded == 0  # no second job
    assert [row["type"] for row in club.transactions(token_id)] == ["mint"]


def test_another_address_is_refused_while_minting_and_once_minted(club: Partner, uid: str, drained: Platform) -> None:
    token_id = announced(club, uid)
    club.mint(uid)
    for _ in range(2):
        assert_refused(club.mint(uid, user_addr=OTHER_HOLDER), "MISC_ERROR")
        assert_refused(club.mint(uid, user_addr=OTHER_HOLDER, token_id=token_id), "MISC_ERROR")
        drained.drain()
    assert club.nft(token_id)["owner"] == HOLDER


@pytest.mark.parametrize(
    "address", ["0x" + "0" * 40, "0X" + "1" * 40, "0x123", "vitalik.eth", "", f" {HOLDER}", HOLDER.swapcase()]
)
def test_what_is_no_address_of_a_holder_is_400(club: Partner, uid: str, address: str) -> None:
    announced(club, uid)
    assert "user_addr" in assert_refused(club.mint(uid, user_addr=address), "QUERY_INCOMPLETE")


def test_email_and_uid_must_both_match_the_reservation(club: Partner, uid: str) -> None:
    one, other = f"{uid}1", f"{uid}2"
    token_id = announced(club, one)
    announced(club, other)
    assert_refused(club.mint(one, email=f"{other}@example.com"), "RESOURCE_NOT_FOUND")
    assert_refused(club.mint(one, email=f"{other}@example.com", token_id=token_id), "RESOURCE_NOT_FOUND")
    assert_refused(club.mint(other, token_id=token_id), "RESOURCE_NOT_FOUND")
    assert_refused(club.mint(f"{uid}3"), "RESOURCE_NOT_FOUND")
    assert club.mint(one, email=f"{one.upper()}@EXAMPLE.com").status == 200


@pytest.mark.parametrize("missing", ["email", "uid", "user_addr"])
def test_email_uid_and_address_are_required(club: Partner, uid: str, missing: str) -> None:
    body = {name: value for name, value in minting(club, uid).items() if name != missing}
    assert missing in assert_refused(club.post("mintTokenForUser", body), "QUERY_INCOMPLETE")


def test_several_reserved_nfts_need_the_token_id(club: Partner, uid: str) -> None:
    tokens = [announced(club, uid), announced(club, uid, user_category_id="MINT_SECOND")]
    assert "token_id" in assert_refused(club.mint(uid), "MISC_ERROR")
    assert club.mint(uid, token_id=tokens[0]).json["tokenId"] == tokens[0]
    # The one that is left needs no naming.
    assert club.mint(uid, user_addr=OTHER_HOLDER).json["tokenId"] == tokens[1]
    # None is reserved now, and one is minting for each address.
    assert club.mint(uid).json["tokenId"] == tokens[0]
    assert club.mint(uid, user_addr=OTHER_HOLDER).json["tokenId"] == tokens[1]


def test_a_reserved_nft_goes_before_one_that_the_address_has_claimed(club: Partner, uid: str) -> None:
    claimed = announced(club, uid)
    club.mint(uid)
    reserved = announced(club, uid, user_category_id="MINT_SECOND")
    assert club.mint(uid).json["tokenId"] == reserved != claimed


def test_several_nfts_claimed_for_one_address_need_the_token_id(club: Partner, uid: str) -> None:
    for category in ("VIP", "MINT_SECOND"):
        token_id = announced(club, uid, user_category_id=category)
        assert club.mint(uid, token_id=token_id).status == 200
    assert "token_id" in assert_refused(club.mint(uid), "MISC_ERROR")


def test_an_expired_nft_may_be_minted(club: Partner, uid: str) -> None:
    announced(club, uid, additional_fields={"expiration_date": "2020-01-01"})
    assert club.mint(uid).status == 200


def test_after_a_failed_mint_another_address_may_claim(club: Partner, uid: str, drained: Platform) -> None:
    token_id = announced(club, uid)
    contract = club.nft(token_id)["contract"]
    allow_minting(contract, False)
    assert club.mint(uid).status == 200
    drained.drain()
    nft = club.nft(token_id)
    assert (nft["status"], nft["owner"], nft["tokenUrl"]) == ("mint_failed", None, None)
    assert club.transactions(token_id) == []
    allow_minting(contract, True)
    assert club.mint(uid, user_addr=OTHER_HOLDER).json["userAddr"] == OTHER_HOLDER
    assert_refused(club.mint(uid), "MISC_ERROR")
    drained.drain()
    nft = club.nft(token_id)
    assert (nft["status"], nft["owner"]) == ("minted", OTHER_HOLDER)
    assert chain_contract.owner_of(node_of("local").rpc, contract, int(token_id)) == OTHER_HOLDER


def test_a_mint_that_has_just_failed_may_be_asked_for_before_the_index_knows(
    club: Partner, uid: str, drained: Platform
) -> None:
    token_id = announced(club, uid)
    contract = club.nft(token_id)["contract"]
    allow_minting(contract, False)
    club.mint(uid)
    with indexes_standing_still():
        drained.drain()
        assert club.nft(token_id)["status"] == "mint_failed"
        allow_minting(contract, True)
        assert club.mint(uid).status == 200
    drained.drain()
    assert club.nft(token_id)["status"] == "minted"


def test_which_of_several_nfts_is_minted_is_not_decided_on_the_index(
    club: Partner, uid: str, drained: Platform
) -> None:
    failed = announced(club, uid)
    contract = club.nft(failed)["contract"]
    allow_minting(contract, False)
    club.mint(uid)
    announced(club, uid, user_category_id="MINT_SECOND")
    with indexes_standing_still():
        drained.drain()
        allow_minting(contract, True)
        assert "token_id" in assert_refused(club.mint(uid), "MISC_ERROR")


def test_mints_are_in_the_audit_log_with_the_key_that_asked_for_them(club: Partner, uid: str) -> None:
    token_id = announced(club, uid)
    for _ in range(2):
        assert club.mint(uid).status == 200
    [entry] = [each for each in audit_log(club) if each["target"] == f"summer_party/{token_id}"]
    assert (entry["action"], entry["actor"]) == ("nft.mint", f"key:{club.key.split('_')[2]}")
    assert entry["before"] == {"status": "reserved", "user_addr": None, "token_id": token_id}
    assert entry["after"] == {"status": "minting", "user_addr": HOLDER, "token_id": token_id}


def test_a_failed_mint_counts_as_waiting_beside_a_reserved_one(club: Partner, uid: str, drained: Platform) -> None:
    failed = announced(club, uid)
    contract = club.nft(failed)["contract"]
    allow_minting(contract, False)
    club.mint(uid)
    drained.drain()
    allow_minting(contract, True)
    announced(club, uid, user_category_id="MINT_SECOND")
    assert "token_id" in assert_refused(club.mint(uid), "MISC_ERROR")
    assert club.mint(uid, token_id=failed).json["tokenId"] == failed


def test_scans_while_minting_share_one_update_and_each_has_its_row(club: Partner, uid: str, drained: Platform) -> None:
    token_id = announced(club, uid)
    applied(club, uid, "mint_checkin")  # before the mint: part of its metadata, no update of its own
    first_url = club.mint(uid).json["tokenUrl"]
    applied(club, uid, "mint_checkin", times=3)
    drained.drain()
    mint, *updates = club.transactions(token_id)
    scans = club.scans(token_id)
    nft = club.nft(token_id)
    assert (mint["interactionName"], mint["type"], mint["newUri"]) == ("mint", "mint", first_url)
    assert mint["xpBefore"] == mint["xpAfter"]
    shared = {name: updates[0][name] for name in ("txHash", "transactionUrl", "newUri")}
    assert updates == [{**scan, **shared} for scan in scans[1:]]
    assert shared["newUri"] == nft["tokenUrl"] != first_url
    assert shared["txHash"] != mint["txHash"]
    assert shared["transactionUrl"] == f"http://spacegarden.test/tx/{shared['txHash']}"
    rpc = node_of("local").rpc
    assert chain_contract.token_uri(rpc, nft["contract"], int(token_id)) == shared["newUri"]
    receipts = [rpc.receipt(row["txHash"]) for row in (mint, updates[0])]
    assert all(receipt is not None and receipt.succeeded for receipt in receipts)


def test_a_scan_after_the_mint_is_an_update_of_its_own(club: Partner, uid: str, drained: Platform) -> None:
    token_id = announced(club, uid)
    club.mint(uid)
    drained.drain()
    for _ in range(2):
        applied(club, uid, "mint_checkin")
        drained.drain()
    hashes = [row["txHash"] for row in club.transactions(token_id)]
    assert len(set(hashes)) == 3
    assert club.nft(token_id)["mintedAt"] is not None
