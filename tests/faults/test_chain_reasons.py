"""Why a transaction is not mined decides what is done: no coins, a cap of the node's, a halt, a receipt that lags."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from chalicelib.chain import contract
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service import signers
from chalicelib.chain.service.submissions import TRANSFER_GAS
from chalicelib.chain.signing import read_transaction
from chalicelib.core.clock import travelled
from tests.chain.proxy import Proxy, hand_on, refusal, result
from tests.chain.world import World, anvil_world, quick_world
from tests.faults.recovery import lose_messages
from tests.faults.wire import Lifeline
from tests.platform import HOLDER, OTHER_HOLDER, Platform

_NO_COINS = "insufficient funds for gas * price + value: balance 0, tx cost 21000000000000, overshot 21000000000000"
_HOUR = timedelta(hours=1)
_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))


@pytest.fixture(scope="module")
def _chain(platform: Platform) -> Iterator[World]:
    del platform
    with quick_world() as world:
        yield world
    lose_messages()


@pytest.fixture
def quick(_chain: World) -> Iterator[World]:
    """A chain that mines at once, whose line to us is good at first; tests use tokens of their own."""
    yield _chain
    _chain.proxy.meddle = hand_on


@pytest.fixture
def anvil(platform: Platform) -> Iterator[World]:
    """A chain that mines when told to."""
    del platform
    with anvil_world() as world:
        yield world
    lose_messages()


def _refuse_sends(message: str, when: Callable[[Any], bool] = lambda _: True) -> Any:
    """Refuses transactions, as the node's pool would."""

    def meddle(method: str, params: list[Any]) -> tuple[int, bytes] | None:
        if method == "eth_sendRawTransaction" and when(read_transaction(params[0])):
            return refusal(message)
        return None

    return meddle


def _pass(world: World, *, times: int, step: timedelta) -> list[SubmissionRow]:
    """Blocks come and time goes by, with a look after each; gives what was pending at each."""
    seen = []
    with travelled(timedelta()) as further:
        for _ in range(times):
            further(step)
            world.raw.call("evm_mine")
            world.confirm()
            seen += world.pending()
    return seen


# No coins


def test_empty_signer_signs_nothing_says_so_and_goes_on_after_any_time(anvil: World) -> None:
    anvil.raw.call("anvil_setBalance", anvil.node.signer.address, "0x0")
    anvil.mint(1, 2)
    before = len(anvil.submissions())
    with travelled(timedelta()) as further:
        for _ in range(4):
            anvil.work(1, 2)
            further(20 * _HOUR)
        [job] = anvil.jobs(1)
        assert (job.state, job.waits_for, anvil.told(1)) == ("waiting", Cause.OUT_OF_FUNDS, [])
        state = signers.signer_of(anvil.name)
        assert (state.waits_for, state.low, state.in_flight) == (Cause.OUT_OF_FUNDS, True, 0)
        assert len(anvil.submissions()) == before
        anvil.fund()
        anvil.work(1, 2)
        anvil.mine()
        anvil.confirm()
    assert anvil.assert_minted(1) == anvil.assert_minted(2)
    assert signers.signer_of(anvil.name).waits_for is None


def test_job_that_coins_came_for_has_24_hours_from_then(anvil: World) -> None:
    anvil.raw.call("anvil_setBalance", anvil.node.signer.address, "0x0")
    anvil.mint(1)
    with travelled(30 * _HOUR) as further:
        anvil.work(1)
        anvil.fund()
        anvil.proxy.meddle = lambda method, params: (503, b"")  # noqa: ARG005
        further(23 * _HOUR)
        anvil.work(1)
        assert anvil.told(1) == []
        further(2 * _HOUR)
        anvil.work(1)
        [failure] = anvil.told(1)
    assert (failure["kind"], failure["code"]) == ("mint failed", Cause.CHAIN_UNREACHABLE)


def test_transaction_that_the_signer_cannot_pay_is_neither_raised_nor_given_up(anvil: World) -> None:
    anvil.mint(1)
    anvil.proxy.meddle = _refuse_sends(_NO_COINS)
    anvil.work(1)
    [first] = anvil.pending()
    seen = _pass(anvil, times=40, step=_HOUR)
    assert {row.hash for row in seen} == {first.hash}
    assert seen[-1].waits_for == Cause.OUT_OF_FUNDS
    state = signers.signer_of(anvil.name)
    assert (state.waits_for, state.low, state.in_flight) == (Cause.OUT_OF_FUNDS, True, 1)
    anvil.proxy.meddle = hand_on
    anvil.confirm()
    anvil.mine()
    anvil.confirm()
    assert anvil.assert_minted(1) == first.hash


def test_raise_that_the_signer_cannot_pay_is_not_made(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [first] = anvil.pending()
    bid = read_transaction(first.raw)
    with travelled(_HOUR):
        anvil.pass_over()
        anvil.raw.call("anvil_setBalance", anvil.node.signer.address, hex(bid.gas * bid.max_fee_per_gas))
        anvil.confirm()
        [row] = anvil.pending()
        assert (row.hash, row.waits_for) == (first.hash, Cause.OUT_OF_FUNDS)
        anvil.fund()
        anvil.confirm()
    assert anvil.pending()[0].hash != first.hash


# The node's own cap


def _fee_cap(cap: int) -> Any:
    return _refuse_sends(
        "tx fee (1.23 ether) exceeds the configured cap (1.00 ether)",
        lambda sent: sent.gas * sent.max_fee_per_gas > cap,
    )


def _cost(row: SubmissionRow) -> int:
    sent = read_transaction(row.raw)
    return sent.gas * sent.max_fee_per_gas


def test_batch_that_costs_more_than_the_node_takes_is_halved_until_it_fits(quick: World) -> None:
    quick.mint(100)
    quick.work(100)
    cap = 10 * _cost(quick.submissions()[-1])
    tokens = range(101, 151)
    quick.proxy.meddle = _fee_cap(cap)
    quick.mint(*tokens)
    quick.work(*tokens)
    quick.rest(rounds=8)
    carried = {quick.assert_minted(token_id) for token_id in tokens}
    assert len(carried) > 1
    rows = quick.submissions()
    assert [int(row.nonce) for row in rows] == list(range(len(rows)))
    assert {row.state for row in rows} == {"final"}
    assert all(_cost(row) <= cap for row in rows if row.hash in carried)


def test_halving_ends_sound_whatever_step_the_worker_dies_at(quick: World) -> None:
    quick.mint(1000)
    quick.work(1000)
    cap = 2 * _cost(quick.submissions()[-1])
    steps = _halved(quick, 1010, cap, None)
    chosen = range(1, steps + 1) if _ALL else Random(_SEED).sample(range(1, steps + 1), 5)
    for fatal in chosen:
        first = 1010 + 10 * fatal
        _halved(quick, first, cap, fatal)
        quick.rest(rounds=10)
        for token_id in range(first, first + 8):
            quick.assert_minted(token_id)
    rows = quick.submissions()
    assert [int(row.nonce) for row in rows] == list(range(len(rows)))


def _halved(world: World, first: int, cap: int, fatal: int | None) -> int:
    """Eight mints on a node that takes some two at a time; gives how many steps that has."""
    world.proxy.meddle = _fee_cap(cap)
    tokens = range(first, first + 8)
    world.mint(*tokens)
    lifeline = Lifeline(fatal)
    with lifeline.held():
        world.work(*tokens)
        world.confirm()
    return len(lifeline.points)


def test_updates_that_cost_more_than_the_node_takes_are_halved_too(quick: World) -> None:
    tokens = range(201, 209)
    quick.mint(*tokens)
    quick.work(*tokens)
    for token_id in tokens:
        quick.update(token_id, 1, 2)
    quick.book.level = 3
    one = 3 * 60_000 * 3 * 10**9
    quick.proxy.meddle = _fee_cap(one)
    quick.work(*tokens)
    quick.rest(rounds=8)
    for token_id in tokens:
        told = quick.told(token_id)
        assert [each["kind"] for each in told] == ["minted", "updated", "updated"]
        assert told[1]["uri"] == told[2]["uri"] == contract.token_uri(quick.raw, quick.address, token_id)


def test_single_mint_above_the_nodes_cap_waits_and_goes_out_when_it_fits(anvil: World) -> None:
    anvil.mint(1)
    anvil.proxy.meddle = _fee_cap(0)
    anvil.work(1)
    seen = _pass(anvil, times=5, step=_HOUR)
    assert seen[-1].waits_for == signers.signer_of(anvil.name).waits_for == Cause.NODE_FEE_CAP
    assert anvil.told(1) == []
    bids = [read_transaction(row.raw).max_fee_per_gas for row in seen]
    assert bids == sorted(bids, reverse=True)  # it bids less, never more
    anvil.proxy.meddle = hand_on
    anvil.confirm()
    anvil.mine()
    anvil.confirm()
    anvil.assert_minted(1)


def test_mint_that_the_node_finds_too_dear_for_a_day_fails_for_that_reason(anvil: World) -> None:
    anvil.mint(1)
    anvil.proxy.meddle = _refuse_sends("Transaction fee cap exceeded", lambda sent: sent.gas > TRANSFER_GAS)
    anvil.work(1)
    anvil.pending()[0].update(actions=[SubmissionRow.waited_seconds.set(24 * 3600 - 60)])
    _pass(anvil, times=2, step=timedelta(minutes=1))
    [failure] = anvil.told(1)
    assert (failure["kind"], failure["code"]) == ("mint failed", Cause.NODE_FEE_CAP)
    assert "fee cap exceeded" in failure["reason"]
    assert anvil.owner_of(1) is None


# A halt


def test_on_a_halted_chain_nothing_is_raised_or_given_up_and_time_stands_still(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [first] = anvil.pending()
    with travelled(timedelta()) as further:
        for _ in range(60):
            further(12 * _HOUR)
            anvil.confirm()
        [row] = anvil.pending()
        assert (row.hash, row.waits_for, row.replaced) == (first.hash, Cause.CHAIN_HALTED, None)
        assert signers.signer_of(anvil.name).waits_for == Cause.CHAIN_HALTED
        anvil.mine()
        anvil.confirm()
    assert anvil.assert_minted(1) == first.hash


def test_bids_count_blocks(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [first] = anvil.pending()
    with travelled(_HOUR):
        anvil.pass_over(blocks=2)
        anvil.confirm()
        assert anvil.pending()[0].hash == first.hash
        anvil.pass_over(blocks=1)
        anvil.confirm()
    assert anvil.pending()[0].hash != first.hash


def test_replacement_of_a_tip_of_nothing_bids_more_on_both_fees(anvil: World) -> None:
    """Pools want both fees to rise, also on a chain whose nodes suggest no tip."""

    def no_tip(method: str, params: list[Any]) -> tuple[int, bytes] | None:
        if method == "eth_maxPriorityFeePerGas":
            return result("0x0")
        if method == "eth_feeHistory":
            return result({**anvil.raw.call(method, *params), "reward": [["0x0"]] * 5})
        return None

    anvil.proxy.meddle = no_tip
    anvil.mint(1)
    anvil.work(1)
    bids = [read_transaction(anvil.pending()[0].raw)]
    with travelled(timedelta()) as further:
        for _ in range(3):
            further(_HOUR)
            anvil.pass_over()
            anvil.confirm()
            bids.append(read_transaction(anvil.pending()[0].raw))
    assert [bid.max_priority_fee_per_gas for bid in bids] == [0, 1, 2, 3]
    fees = [bid.max_fee_per_gas for bid in bids]
    assert all(8 * later >= 9 * earlier for earlier, later in pairwise(fees))


# Receipts that lag behind the nonce


def _hide(*methods: str) -> Any:
    return lambda method, params: result(None) if method in methods else None  # noqa: ARG005


@pytest.mark.parametrize(
    "hidden", [("eth_getTransactionReceipt",), ("eth_getTransactionReceipt", "eth_getBlockByNumber")]
)
def test_scan_whose_receipt_lags_is_one_transaction(quick: World, hidden: tuple[str, ...]) -> None:
    token_id = 300 + len(hidden)
    quick.mint(token_id)
    quick.work(token_id)
    quick.update(token_id, 1)
    before = len(quick.submissions())
    quick.proxy.meddle = _hide(*hidden)
    quick.work(token_id)
    seen = _pass(quick, times=20, step=_HOUR)
    quick.work(token_id)
    assert len(quick.submissions()) == before + 1
    assert {row.waits_for for row in seen} == {Cause.RECEIPT_MISSING}
    assert [each["kind"] for each in quick.told(token_id)] == ["minted"]
    quick.proxy.meddle = hand_on
    quick.rest(rounds=1)
    [updated] = [each for each in quick.told(token_id) if each["kind"] == "updated"]
    assert updated["transaction_hash"] == quick.submissions()[-1].hash
    assert len(quick.submissions()) == before + 1


def test_receipt_that_another_node_of_the_chain_shows_counts(platform: Platform) -> None:
    del platform
    with quick_world() as first, _witnessed(first) as world:
        world.proxy.meddle = _hide("eth_getTransactionReceipt")
        world.mint(1)
        world.work(1)
        assert len(world.submissions()) == 2
        world.proxy.meddle = hand_on
        world.assert_minted(1)
    lose_messages()


def test_update_that_a_lagging_node_refuses_is_tried_again_and_a_token_that_is_gone_fails(quick: World) -> None:
    quick.mint(350, 351)
    quick.work(350, 351)
    gone = refusal("execution reverted", 3)
    quick.proxy.meddle = lambda method, params: gone if method in ("eth_estimateGas", "eth_call") else None  # noqa: ARG005
    for token_id in (350, 351):
        quick.update(token_id, 1)
        quick.work(token_id)
    assert [len(quick.told(token_id)) for token_id in (350, 351)] == [1, 1]
    quick.proxy.meddle = hand_on
    quick.work(350)
    assert [each["kind"] for each in quick.told(350)] == ["minted", "updated"]
    quick.proxy.meddle = lambda method, params: gone if method in ("eth_estimateGas", "eth_call") else None  # noqa: ARG005
    for _ in range(5):
        quick.work(351)
    failure = quick.told(351)[-1]
    assert (failure["kind"], failure["code"]) == ("update failed", Cause.REVERTED)


@contextmanager
def _witnessed(world: World) -> Iterator[World]:
    """The same chain, with a second node that is asked where the first lacks a receipt."""
    with Proxy(world.proxy.target).served() as witness:
        node = world.node
        object.__setattr__(node, "witnesses", (JsonRpc(witness.url),))
        yield world


# Reverts in any words

_DIALECTS = {
    "Nethermind": {"code": -32015, "message": "VM execution error.", "data": "revert: not today"},
    "Nethermind, data": {"code": -32015, "message": "VM execution error.", "data": "Reverted 0x"},
    "Besu": {"code": -32000, "message": "Execution reverted"},
    "old Besu": {"code": -32603, "message": "Internal error"},
    "Hardhat": {
        "code": -32603,
        "message": "VM Exception while processing transaction: reverted with reason string 'x'",
    },
    "nobody knows": {"code": -32099, "message": "this call did not go well"},
}


@pytest.mark.parametrize("dialect", list(_DIALECTS))
def test_revert_in_any_dialect_ends_the_mint_at_once(quick: World, dialect: str) -> None:
    token_id = 400 + list(_DIALECTS).index(dialect)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": _DIALECTS[dialect]}).encode()
    plain = {"code": 3, "message": "execution reverted"} if dialect == "old Besu" else _DIALECTS[dialect]
    rerun = json.dumps({"jsonrpc": "2.0", "id": 1, "error": plain}).encode()
    selector = "0x" + contract.mint_call(HOLDER, 1, "")[:4].hex()

    def meddle(method: str, params: list[Any]) -> tuple[int, bytes] | None:
        if method == "eth_estimateGas":
            return 200, body
        if method == "eth_call" and params[0]["data"].startswith(selector):
            return 200, rerun
        return None

    quick.mint(token_id)
    quick.proxy.meddle = meddle
    quick.work(token_id)
    [failure] = quick.told(token_id)
    assert (failure["kind"], failure["code"]) == ("mint failed", Cause.REVERTED)
    quick.proxy.meddle = hand_on
    quick.mint(token_id, attempt=2, to=OTHER_HOLDER)
    quick.work(token_id)
    quick.assert_minted(token_id, to=OTHER_HOLDER)


@pytest.mark.parametrize("message", ["this call did not go well", "Internal error"])
def test_refusal_that_is_no_revert_when_it_is_run_again_is_tried_again(quick: World, message: str) -> None:
    token_id = 450 + len(message)
    code = -32603 if message == "Internal error" else -32099
    quick.mint(token_id)
    quick.proxy.meddle = lambda method, params: (  # noqa: ARG005
        refusal(message, code) if method == "eth_estimateGas" else None
    )
    quick.work(token_id)
    assert quick.told(token_id) == []
    quick.proxy.meddle = hand_on
    quick.rest(rounds=1)
    quick.assert_minted(token_id)


def test_node_that_refuses_every_call_proves_no_revert(quick: World) -> None:
    quick.mint(490)
    quick.proxy.meddle = lambda method, params: (  # noqa: ARG005
        refusal("not on this plan", -32099) if method in ("eth_estimateGas", "eth_call") else None
    )
    quick.work(490)
    [job] = quick.jobs(490)
    assert (job.waits_for, quick.told(490)) == (Cause.NODE_REFUSED, [])
    quick.proxy.meddle = hand_on
    quick.rest(rounds=1)
    quick.assert_minted(490)


def test_broadcast_that_is_refused_for_no_known_reason_is_not_raised(anvil: World) -> None:
    anvil.mint(1)
    anvil.proxy.meddle = _refuse_sends("this transaction does not please")
    anvil.work(1)
    [first] = anvil.pending()
    seen = _pass(anvil, times=12, step=_HOUR)
    assert {row.hash for row in seen} == {first.hash}
    assert seen[-1].waits_for == Cause.NODE_REFUSED
    anvil.proxy.meddle = hand_on
    anvil.confirm()
    anvil.mine()
    anvil.confirm()
    with pytest.raises(RpcError):
        anvil.raw.send_raw(first.raw)
    anvil.assert_minted(1)
