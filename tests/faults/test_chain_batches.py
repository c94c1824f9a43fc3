"""Jobs that share transactions: many workers, tokens that spoil them, tokens that are there already, death between."""

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import count
from random import Random
from threading import Semaphore

import pytest

from chalicelib.chain import contract
from chalicelib.chain.addresses import keccak256
from chalicelib.chain.models.jobs import JobRow
from chalicelib.chain.service import jobs, submissions
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Minted
from chalicelib.chain.service.submissions import Call, sign_and_store
from chalicelib.core.clock import now
from chalicelib.core.transactions import Transaction
from tests.chain.collections_abi import burn_call
from tests.chain.world import World, embedded_world, quick_world, uri_of
from tests.faults.crowd import at_once
from tests.faults.recovery import lose_messages
from tests.faults.wire import Lifeline
from tests.platform import HOLDER, OTHER_HOLDER, Platform

_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_numbers = count(4000)
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))


@pytest.fixture(scope="module")
def shared(platform: Platform) -> Iterator[World]:
    """One chain for tests that use tokens of their own."""
    del platform
    with embedded_world() as world:
        yield world
    lose_messages()


@pytest.fixture(scope="module")
def quick(platform: Platform) -> Iterator[World]:
    """A chain for large batches."""
    del platform
    with quick_world() as world:
        yield world
    lose_messages()


def test_two_hundred_mints_of_twenty_workers_are_two_hundred_tokens(quick: World) -> None:
    tokens = range(1, 201)
    quick.mint(*tokens)
    at_once([partial(quick.work, *tokens[start : start + 10]) for start in range(0, 200, 10)])
    _assert_each_minted_once(quick, tokens)


def test_workers_of_processes_that_know_nothing_of_each_other_mint_once(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_turn", Semaphore(100))
    tokens = range(1000, 1006)
    shared.mint(*tokens)
    at_once([partial(shared.work, *tokens[start : start + 3]) for start in range(0, 6, 3)] * 2)
    _assert_each_minted_once(shared, tokens)


def _assert_each_minted_once(world: World, tokens: range) -> None:
    world.rest(rounds=2)
    carried = Counter(world.assert_minted(token_id) for token_id in tokens)
    assert max(carried.values()) <= 50
    rows = world.submissions()
    assert [int(row.nonce) for row in rows] == list(range(len(rows)))
    assert {row.state for row in rows} == {"final"}
    minted = world.raw.logs(world.address, ["0x" + keccak256(b"Transfer(address,address,uint256)").hex()])
    ids = Counter(int(log.topics[3], 16) for log in minted)
    assert [ids[token_id] for token_id in tokens] == [1] * len(tokens)


def test_at_most_fifty_mints_share_a_transaction_whoever_asks_for_them(quick: World) -> None:
    tokens = range(2000, 2052)
    quick.mint(*tokens)
    quick.work(2000)
    first = {quick.assert_minted(token_id) for token_id in tokens if quick.told(token_id)}
    assert len(first) == 1
    assert sum(bool(quick.told(token_id)) for token_id in tokens) == 50
    quick.work(*tokens)
    assert len({quick.assert_minted(token_id) for token_id in tokens}) == 2


def test_updates_of_several_tokens_share_a_transaction_and_each_scan_names_its_uri(shared: World) -> None:
    shared.mint(3001, 3002)
    shared.work(3001, 3002)
    shared.update(3001, 1, 2, 3)
    shared.update(3002, 1)
    shared.book.level = 7
    shared.work(3001, 3002)
    updates = {
        token_id: [each for each in shared.told(token_id) if each["kind"] == "updated"] for token_id in (3001, 3002)
    }
    assert [each["scan_number"] for each in updates[3001]] == [1, 2, 3]
    assert len({each["transaction_hash"] for each in [*updates[3001], *updates[3002]]}) == 1
    for token_id, told in updates.items():
        assert {each["uri"] for each in told} == {contract.token_uri(shared.raw, shared.address, token_id)}
    assert updates[3001][0]["uri"] != updates[3002][0]["uri"]


def test_transaction_is_not_at_rest_while_a_job_of_it_is_open(shared: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that changes between its reading and its end is ended by the next look."""
    shared.mint(3101, 3102)
    minted = shared.book.minted

    def change(transaction: Transaction, token: TokenReference, outcome: Minted) -> None:
        minted(transaction, token, outcome)
        if token.token_id == "3102" and not changed:
            changed.append(True)
            [job] = shared.jobs(3102)
            job.update(actions=[JobRow.trying_since.set(now())])

    changed: list[bool] = []
    with monkeypatch.context() as patch:
        patch.setattr(shared.book, "minted", change)
        shared.work(3101, 3102)
    assert changed
    assert [job.state for job in shared.jobs(3102)] == ["sent"]
    [row] = [row for row in shared.pending() if row.jobs]
    assert row.state == "pending"
    shared.confirm()
    assert shared.pending() == []
    assert shared.assert_minted(3101) == shared.assert_minted(3102)


@pytest.mark.parametrize(
    ("to", "uri"),
    [(OTHER_HOLDER, None), (HOLDER, "ipfs://elsewhere"), (OTHER_HOLDER, "ipfs://elsewhere")],
    ids=["another holder", "another URI", "both"],
)
def test_token_of_somebody_else_fails_its_mint_and_the_others_are_minted(
    shared: World, to: str, uri: str | None
) -> None:
    taken, *others = (next(_numbers) for _ in range(3))
    elsewhere = _mint_past_the_platform(shared, taken, to, uri or uri_of(taken))
    shared.mint(taken, *others)
    shared.work(taken, *others)
    [failure] = shared.told(taken)
    assert (failure["kind"], failure["code"]) == ("mint failed", "token_taken")
    assert to in failure["reason"]
    assert elsewhere in failure["reason"]
    assert {shared.assert_minted(each) for each in others} == {shared.told(others[0])[0]["transaction_hash"]}
    assert shared.owner_of(taken) == to


def test_token_that_was_brought_as_promised_is_adopted_whoever_sent_the_transaction(shared: World) -> None:
    token_id = next(_numbers)
    elsewhere = _mint_past_the_platform(shared, token_id, HOLDER, uri_of(token_id))
    shared.mint(token_id)
    shared.work(token_id)
    assert shared.assert_minted(token_id) == elsewhere
    assert shared.told(token_id)[0]["uri"] == uri_of(token_id)


@pytest.mark.parametrize("others", [0, 2], ids=["alone", "in a batch"])
def test_token_that_was_brought_as_promised_and_burned_since_is_told_as_minted(shared: World, others: int) -> None:
    burned, *rest = (next(_numbers) for _ in range(1 + others))
    own = shared.node.signer.address
    elsewhere = _mint_past_the_platform(shared, burned, own, uri_of(burned))
    _call_past_the_platform(shared, burn_call(burned))
    shared.mint(burned, to=own)
    shared.mint(*rest)
    shared.work(burned, *rest)
    [mint] = shared.told(burned)
    assert (mint["kind"], mint["transaction_hash"]) == ("minted", elsewhere)
    assert shared.owner_of(burned) is None
    for each in rest:
        shared.assert_minted(each)


def test_one_job_that_cannot_be_made_ready_holds_up_no_other_and_says_why(shared: World) -> None:
    shared.mint(5001, 5002)
    shared.work(5001, 5002)
    shared.update(5001, 1)
    shared.update(5002, 1)
    shared.book.broken.add("5001")
    shared.work(5001, 5002)
    [job] = shared.jobs(5001)
    assert (job.state, int(job.failures)) == ("waiting", 1)
    assert "token 5001 is gone" in str(job.error)
    assert [each["kind"] for each in shared.told(5002)] == ["minted", "updated"]
    shared.book.broken.clear()
    shared.rest(rounds=1)
    assert [each["kind"] for each in shared.told(5001)] == ["minted", "updated"]


def test_recipient_that_is_no_address_fails_alone_and_at_once(shared: World) -> None:
    shared.mint(6001, to="0x123")
    shared.mint(6002)
    shared.work(6001, 6002)
    [failure] = shared.told(6001)
    assert failure["kind"] == "mint failed"
    assert "0x123" in failure["reason"]
    shared.assert_minted(6002)


def test_recipient_that_the_contract_refuses_fails_alone_and_the_rest_of_the_batch_is_minted(shared: World) -> None:
    shared.mint(7001, 7002, 7004, 7005)
    shared.mint(7003, to="0x" + "0" * 40)
    shared.work(7001, 7002, 7003, 7004, 7005)
    [failure] = shared.told(7003)
    assert (failure["kind"], failure["reason"]) == ("mint failed", "The contract refuses: ERC721InvalidReceiver")
    for token_id in (7001, 7002, 7004, 7005):
        shared.assert_minted(token_id)
    shared.mint(7003, attempt=2, to=OTHER_HOLDER)
    shared.work(7003)
    shared.assert_minted(7003, to=OTHER_HOLDER)
    assert [each["kind"] for each in shared.told(7003)] == ["mint failed", "minted"]


def test_batch_that_the_chain_reverts_is_sent_again_one_by_one(shared: World) -> None:
    """Between the estimate and the block something changed: the gas no longer suffices."""
    shared.mint(8001, 8002)

    def starving(to: str, data: bytes, gas: int, uris: dict[str, str]) -> Call:
        return Call(to, data, gas // 2, uris)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "Call", starving)
        shared.work(8001)
    assert [job.alone for token_id in (8001, 8002) for job in shared.jobs(token_id)] == [True, True]
    shared.work(8001, 8002)
    assert shared.assert_minted(8001) != shared.assert_minted(8002)


def test_batch_ends_sound_whatever_step_the_worker_dies_at(shared: World) -> None:
    steps = _live(shared, 9000, None)
    chosen = range(1, steps + 1) if _ALL else Random(_SEED).sample(range(1, steps + 1), 6)
    for fatal in chosen:
        first = 9000 + 10 * fatal
        _live(shared, first, fatal)
        shared.rest(rounds=3)
        for token_id in (first, first + 1, first + 2):
            shared.assert_minted(token_id)
            assert [each["kind"] for each in shared.told(token_id)] == ["minted", *["updated"] * (token_id == first)]
    rows = shared.submissions()
    assert [int(row.nonce) for row in rows] == list(range(len(rows)))


def _live(world: World, first: int, fatal: int | None) -> int:
    """Three mints and an update on the heels of one; gives how many steps that has."""
    world.mint(first, first + 1, first + 2)
    world.update(first, 1)
    lifeline = Lifeline(fatal)
    with lifeline.held():
        world.work(first, first + 1, first + 2)
        world.confirm()
        world.work(first)
    return len(lifeline.points)


def _mint_past_the_platform(world: World, token_id: int, to: str, uri: str) -> str:
    return _call_past_the_platform(world, contract.mint_call(to, token_id, uri))


def _call_past_the_platform(world: World, data: bytes) -> str:
    """By the same signer, with nothing in our store but the transaction."""
    row = sign_and_store(world.node, Call(world.address, data, 300_000))
    submissions.broadcast(world.node, row)
    world.confirm()
    return row.hash
