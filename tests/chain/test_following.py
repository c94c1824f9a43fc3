"""Jobs move on by delayed messages alone; no test here lets a schedule run, unless it says so."""

import json
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import pytest

from chalicelib.chain import tasks
from chalicelib.chain.repository import signers as look_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service import deployments, looks
from chalicelib.chain.service.outbox import FOLLOW_SIGNER, TokenReference
from chalicelib.chain.service.owners import Minted
from chalicelib.core.clock import travelled
from chalicelib.core.queues import Message
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from local.chain.evm import EvmNode
from tests.chain.proxy import hand_on
from tests.chain.world import World, anvil_world, world_on
from tests.operations.queues import empty_queues
from tests.platform import Partner, Platform
from tests.receivers import Receiver

_CONFIRMATIONS = 3
# A pause between looks is a second here; a loaded machine may take its time for the rest.
_PATIENCE_SECONDS = 10.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A partner's receiver."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def world() -> Iterator[World]:
    """A chain of blocks a second apart, on which a transaction is final with the third."""
    empty_queues()
    node = EvmNode.start(block_seconds=1)
    with world_on(node.url, node.funder_key, confirmations=_CONFIRMATIONS) as world:
        yield world
        empty_queues()
    node.stop()


@pytest.fixture
def still(platform: Platform) -> Iterator[World]:
    """A chain that mines when told to; the third block makes a transaction final."""
    del platform
    empty_queues()
    with anvil_world(confirmations=_CONFIRMATIONS) as world:
        yield world
    empty_queues()


@pytest.fixture
def minter(platform: Platform, world: World, receiver: Receiver) -> Partner:
    """A partner with a collection on that chain and a user, who listens."""
    return _partner_on(platform, world, receiver)


def _partner_on(platform: Platform, world: World, receiver: Receiver) -> Partner:
    partner = platform.new_partner(collection=False)
    partner.add_collection("summer_party", chain=world.name)
    partner.add_category("summer_party", "VIP")
    partner.add_endpoint(receiver.url)
    partner.save_interaction()
    partner.announce()
    return partner


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every schedule's delay takes a hundredth of its time."""
    monkeypatch.setenv("SPACEGARDEN_SECONDS_SCALE", "0.01")
    settings.cache_clear()
    yield
    monkeypatch.delenv("SPACEGARDEN_SECONDS_SCALE")
    settings.cache_clear()


def _drain(platform: Platform) -> None:
    """Works every queue, delayed messages as well; no schedule."""
    assert platform.pump.drain(timeout_seconds=60, hidden_seconds=_PATIENCE_SECONDS).failed == 0


def _heard(receiver: Receiver) -> list[str]:
    return [json.loads(each.body)["actionType"] for each in receiver.requests]


def test_a_mint_and_the_action_behind_it_become_final_without_a_sweep(
    platform: Platform, minter: Partner, receiver: Receiver
) -> None:
    minter.mint()
    platform.drain()
    assert minter.nft("1")["status"] == "minting"
    minter.act()
    _drain(platform)
    assert minter.nft("1")["status"] == "minted"
    assert _heard(receiver) == ["newBcNftMint", "newBcInteraction"]
    assert len(minter.transactions("1")) == 2


@pytest.mark.usefixtures("hurried")
def test_a_job_that_met_a_silent_node_is_tried_again_without_a_sweep(
    platform: Platform, minter: Partner, world: World
) -> None:
    world.proxy.meddle = lambda method, _: (503, b"") if method == "eth_estimateGas" else None
    minter.mint()
    platform.drain()
    assert [row for row in world.pending() if row.jobs] == []
    world.proxy.meddle = hand_on
    _drain(platform)
    assert minter.nft("1")["status"] == "minted"


@pytest.mark.usefixtures("hurried")
def test_a_transaction_that_blocks_pass_over_bids_more_without_a_sweep(
    platform: Platform, still: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployments, "_PATIENCE_SECONDS", 0)
    partner = _partner_on(platform, still, receiver)
    still.mine(_CONFIRMATIONS)
    partner.mint()
    platform.drain()
    still.pass_over()
    deadline = monotonic() + 300
    while not still.submissions()[-1].replaced:
        assert monotonic() < deadline
        platform.drain()
        sleep(0.1)
    still.mine(_CONFIRMATIONS)
    _drain(platform)
    assert partner.nft("1")["status"] == "minted"


# One look after another, without the queue


class _Sent:
    """The messages that would be delayed, in place of the queue."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[Message] = []
        monkeypatch.setattr(looks, "send_best_effort", lambda sent: self.messages.extend(each for _, each in sent))

    def take(self) -> Message:
        """The only one."""
        [message] = self.messages
        self.messages.clear()
        return message


@pytest.fixture
def sent(still: World, monkeypatch: pytest.MonkeyPatch) -> _Sent:
    """What is sent from now on, a mint being on its way."""
    sent = _Sent(monkeypatch)
    still.mint(1)
    still.work(1)
    return sent


def _follow(world: World, message: Message) -> None:
    """Works a delayed message, as its function does."""
    record = {"messageId": "m", "body": message.encode()}
    assert tasks.follow({"Records": [record]}, world.book) == {"batchItemFailures": []}


def test_a_chain_that_stands_still_is_asked_ever_less_and_one_that_goes_on_every_second(
    still: World, sent: _Sent
) -> None:
    delays: list[int] = []
    with travelled(timedelta()) as further:
        while sum(delays) < 3600:
            message = sent.take()
            delays.append(message.delay_seconds)
            further(timedelta(seconds=message.delay_seconds))
            _follow(still, message)
        assert delays == sorted(delays)
        assert (delays[0], delays[-1]) == (1, 60)
        assert len(delays) < 60 + 40
        further(timedelta(hours=23))
        _follow(still, sent.take())
        assert sent.messages[0].delay_seconds == 60
        still.mine()
        _follow(still, sent.take())
        assert sent.messages[0].delay_seconds == 1
        still.mine(_CONFIRMATIONS - 1)
        _follow(still, sent.take())
        assert sent.messages == []
        still.assert_minted(1)


def test_one_message_follows_a_signer_however_many_transactions_wait(still: World, sent: _Sent) -> None:
    for token_id in (2, 3):
        still.mint(token_id)
        still.work(token_id)
    assert len(still.pending()) == 3
    message = sent.take()
    calls = len(still.proxy.calls)
    _follow(still, message)
    cost = len(still.proxy.calls) - calls
    still.mint(4)
    still.work(4)
    message = sent.take()
    calls = len(still.proxy.calls)
    _follow(still, message)
    assert len(still.proxy.calls) - calls == cost, "a look costs the same, whatever waits"
    still.mine(_CONFIRMATIONS)
    _follow(still, sent.take())
    for token_id in (1, 2, 3, 4):
        still.assert_minted(token_id)
    assert sent.messages == []
    look = look_rows.find_look(still.line)
    assert look is not None
    assert look.look_at is None


def test_a_message_that_comes_twice_looks_once(still: World, sent: _Sent) -> None:
    message = sent.take()
    _follow(still, message)
    calls = len(still.proxy.calls)
    _follow(still, message)
    assert len(still.proxy.calls) == calls
    assert len(sent.messages) == 1


def test_looks_begin_anew_where_their_message_was_lost(still: World, sent: _Sent) -> None:
    sent.take()
    still.confirm()
    assert sent.messages == [], "the message may still come"
    with travelled(timedelta(minutes=2)):
        still.confirm()  # as the sweep asks for it
        assert sent.take().task == FOLLOW_SIGNER


def test_a_transaction_signed_while_the_looks_end_is_followed(
    still: World, sent: _Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = look_rows.end_looks

    def sign_first(look: Any) -> None:
        still.mint(2)
        still.work(2)
        end(look)

    monkeypatch.setattr(look_rows, "end_looks", sign_first)
    still.mine(_CONFIRMATIONS)
    _follow(still, sent.take())
    monkeypatch.setattr(look_rows, "end_looks", end)
    still.mine(_CONFIRMATIONS)
    _follow(still, sent.take())
    still.assert_minted(2)
    assert sent.messages == []


def test_a_transaction_that_nobody_can_look_at_holds_up_none_behind_it(
    still: World, sent: _Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    still.mint(2)
    still.work(2)
    still.mine(_CONFIRMATIONS)
    minted = still.book.minted

    def fail_for_the_first(transaction: Transaction, token: TokenReference, outcome: Minted) -> None:
        if token.token_id == "1":
            raise LookupError("no such token")
        minted(transaction, token, outcome)

    monkeypatch.setattr(still.book, "minted", fail_for_the_first)
    _follow(still, sent.take())
    still.assert_minted(2)
    assert [row.sk for row in still.pending()] == [submission_rows.submission_sk(1)]
