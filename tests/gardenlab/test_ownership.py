"""Minted NFTs follow their tokens: sales, gifts and burns on the chain reach rows, pages, acts and webhooks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, gardenlab_action
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.signing import KeySigner
from chalicelib.core.clock import travelled
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from local.chain.evm import EvmNode
from tests.chain.holders import Wallet, funded_on_local_chain
from tests.chain.proxy import hand_on
from tests.chain.sender import ETHER, Sender
from tests.chain.world import World, world_on
from tests.faults.invariants import acts_of
from tests.gardenlab.roles import allow_minting
from tests.outside.tokens import send_token, skip_without_client
from tests.platform import OTHER_HOLDER, Partner, Platform
from tests.receivers import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A partner's receiver."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def holder(club: Partner) -> Wallet:
    """A wallet with coins on the local chain."""
    del club
    return funded_on_local_chain(node_of(LOCAL_CHAIN).rpc)


@pytest.fixture
def token(club: Partner, holder: Wallet, uid: str) -> str:
    """A user's NFT, minted to the holder."""
    return _minted(club, uid, holder)


def _minted(partner: Partner, uid: str, holder: Wallet) -> str:
    token_id = str(partner.announce(uid).json["tokenId"])
    assert partner.mint(uid, user_addr=holder.address).status == 200
    partner.platform.drain()
    assert partner.nft(token_id)["owner"] == holder.address
    return token_id


def _read(platform: Platform) -> None:
    platform.pump.tick("read_chains")
    platform.drain()


def _give(partner: Partner, token_id: str, holder: Wallet, to: str) -> str:
    return holder.give(partner.nft(token_id)["contract"], int(token_id), to).transaction_hash


def test_a_sale_moves_the_owner_and_is_told_to_whoever_named_the_event(
    platform: Platform, club: Partner, holder: Wallet, token: str, receiver: Receiver
) -> None:
    with Receiver() as all_types:
        named = club.add_endpoint(receiver.url, event_types=["nft.transferred", "nft.burned"])
        unnamed = club.add_endpoint(all_types.url)
        transaction = _give(club, token, holder, OTHER_HOLDER)
        _read(platform)
        _read(platform)
        [told] = [json.loads(each.body) for each in receiver.wait_for(1, 5)]
        for endpoint in (named, unnamed):
            platform.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}", key=club.key)
        assert all_types.requests == [], "an endpoint for all types gets what it always got"
    assert told.pop("at")["_seconds"] > 0
    assert told == {
        "contract": club.nft(token)["contract"],
        "tokenId": token,
        "actionType": "nft.transferred",
        "previousOwner": holder.address,
        "owner": OTHER_HOLDER,
        "transactionUrl": f"{settings().public_url}/tx/{transaction}",
        "txHash": transaction,
    }
    nft = club.nft(token)
    assert (nft["owner"], nft["status"]) == (OTHER_HOLDER, "minted")
    assert "burnedAt" not in nft
    page = platform.call("GET", nft["url"].removeprefix(settings().public_url)).json
    assert OTHER_HOLDER in page
    assert f'from <span class="mono">{holder.address}' in page


def test_a_sale_by_web3_is_seen_within_a_minute(platform: Platform, club: Partner, holder: Wallet, token: str) -> None:
    skip_without_client()
    node = platform.call("GET", "/admin/chain/rpc", key=settings().admin_key).json["url"]
    contract = club.nft(token)["contract"]
    send_token(node, contract=contract, token_id=int(token), key=holder.key, to=OTHER_HOLDER)
    _read(platform)
    assert club.nft(token)["owner"] == OTHER_HOLDER


def test_what_comes_after_a_sale_goes_on_as_before(
    platform: Platform, club: Partner, holder: Wallet, token: str, uid: str, action_id: str
) -> None:
    club.save_interaction(action_id)
    _give(club, token, holder, OTHER_HOLDER)
    _read(platform)
    assert club.act(uid, action_id=action_id).status == 200
    platform.drain()
    nft = club.nft(token)
    assert (nft["xp"], nft["owner"]) == (5, OTHER_HOLDER)
    assert len(club.transactions(token)) == 2


def test_whose_act_an_interaction_is_follows_the_reservation_or_the_holder(
    platform: Platform, club: Partner, holder: Wallet, uid: str
) -> None:
    token_id = _minted(club, uid, holder)
    email, wallet = Identity("email", f"{uid}@example.com"), Identity("wallet", OTHER_HOLDER.lower())
    _give(club, token_id, holder, OTHER_HOLDER)
    _read(platform)
    acts = []
    path = f"/{club.origin}/collections/summer_party"
    for follows, action in (("reservation", f"{uid}a"), ("holder", f"{uid}b")):
        club.save_interaction(action)
        assert platform.admin("PATCH", path, {"xp_follows": follows}).json["xp_follows"] == follows
        assert club.act(uid, action_id=action).status == 200
        acts.append([_acted(club, identity, action) for identity in (email, wallet)])
    platform.admin("PATCH", path, {"xp_follows": "reservation"})
    assert acts == [[True, False], [False, True]]
    held = activity.linked(club.origin, email, "wallet")
    assert [each.value for each in held] == [holder.address.lower()], "the buyer's wallet is not the seller's"


def _acted(partner: Partner, identity: Identity, action_id: str) -> bool:
    sought = (identity.digest, gardenlab_action("summer_party", action_id))
    return sought in {(act.whose, act.activity) for act in acts_of(partner.origin)}


def test_a_uri_that_somebody_else_set_is_shown_unless_it_is_no_address(club: Partner, token: str) -> None:
    before = club.nft(token)
    reference = TokenReference(club.origin, "summer_party", token, LOCAL_CHAIN, before["contract"])
    for uri, shown in (
        ("ipfs://" + "x" * 3_000, before["tokenUrl"]),
        (None, before["tokenUrl"]),
        ("ipfs://b", "ipfs://b"),
    ):
        GardenlabTokens().uri_changed(reference, partial(str, uri) if uri else lambda: None)
        assert club.nft(token)["tokenUrl"] == shown


def test_a_role_that_was_taken_from_us_is_seen_by_the_next_reading(platform: Platform, caplog: Any) -> None:
    partner = platform.new_partner()
    contract = partner.add_collection("autumn_party")
    _read(platform)
    allow_minting(contract, False)
    _read(platform)
    assert event_rows.read_followed(LOCAL_CHAIN).contracts[contract.lower()].may_mint is False
    assert any("role was taken" in each.getMessage() for each in caplog.records if each.levelname == "ERROR")
    # The admin role is the signer's still, so it can be granted again.
    allow_minting(contract, True)
    _read(platform)
    assert event_rows.read_followed(LOCAL_CHAIN).contracts[contract.lower()].may_mint is True


def test_collections_from_before_events_were_followed_are_found(
    platform: Platform, club: Partner, holder: Wallet, token: str
) -> None:
    _read(platform)
    followed = event_rows.read_followed(LOCAL_CHAIN)
    contract = club.nft(token)["contract"].lower()
    followed.contracts[contract].delete()
    type(followed.cursor)(followed.cursor.pk, followed.cursor.sk).delete()
    _give(club, token, holder, OTHER_HOLDER)
    _read(platform)
    assert contract in event_rows.read_followed(LOCAL_CHAIN).contracts
    assert club.nft(token)["owner"] == OTHER_HOLDER


# A chain of a test's own, whose node can be made to say things


@dataclass(frozen=True)
class _Own:
    """A partner with a collection on that chain, and a wallet with coins there."""

    world: World
    partner: Partner
    contract: str
    holder: Wallet


@pytest.fixture
def own(platform: Platform) -> Iterator[_Own]:
    """A chain with a partner and a wallet."""
    node = EvmNode.start()
    with world_on(node.url, node.funder_key) as world:
        partner = platform.new_partner(collection=False)
        contract = partner.add_collection("summer_party", chain=world.name)
        partner.add_category("summer_party", "VIP")
        partner.save_interaction()
        holder = Wallet(world.raw)
        Sender(world.raw, KeySigner(node.funder_key)).send(holder.address, value=ETHER, gas=21_000)
        yield _Own(world, partner, contract, holder)
    node.stop()


def test_a_sale_before_the_platform_knows_of_the_mint_is_told_after_it(
    platform: Platform, own: _Own, receiver: Receiver
) -> None:
    own.partner.add_endpoint(receiver.url, event_types=["newBcNftMint", "nft.transferred"])
    own.partner.announce()
    own.world.proxy.meddle = lambda method, _: (503, b"") if method == "eth_getTransactionReceipt" else None
    own.partner.mint(user_addr=own.holder.address)
    platform.drain()
    own.holder.give(own.contract, 1, OTHER_HOLDER)
    _read(platform)
    assert (own.partner.nft("1")["status"], own.partner.nft("1")["owner"]) == ("minting", None)
    assert receiver.requests == []
    own.world.proxy.meddle = hand_on
    with travelled(timedelta(minutes=5)):
        platform.pump.tick("sweep_chain")
        platform.drain()
    assert own.partner.nft("1")["owner"] == own.holder.address
    _read(platform)
    assert own.partner.nft("1")["owner"] == OTHER_HOLDER
    types = [json.loads(each.body)["actionType"] for each in receiver.wait_for(2, 5)]
    assert types == ["newBcNftMint", "nft.transferred"]


def test_a_burn_leaves_no_owner_is_told_and_ends_updates(platform: Platform, own: _Own, receiver: Receiver) -> None:
    token_id = _minted(own.partner, "ada", own.holder)
    own.partner.add_endpoint(receiver.url, event_types=["nft.burned"])
    own.holder.burn(own.contract, int(token_id))
    _read(platform)
    [told] = [json.loads(each.body) for each in receiver.wait_for(1, 5)]
    assert (told["actionType"], told["previousOwner"]) == ("nft.burned", own.holder.address)
    nft = own.partner.nft(token_id)
    assert (nft["owner"], nft["status"]) == (None, "minted")
    assert nft["burnedAt"]["_seconds"] > 0
    assert "Burned" in platform.call("GET", nft["url"].removeprefix(settings().public_url)).json
    assert own.partner.act().status == 200
    platform.drain()
    assert len(own.partner.transactions(token_id)) == 1, "nothing is on the chain that could be updated"
