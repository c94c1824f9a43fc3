"""A chain with a mind of its own: fees that rise, transactions that vanish, blocks that are taken back, bad lines."""

import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.chain.domain.amounts import GWEI
from chalicelib.chain.signing import Eip1559Transaction, read_transaction
from chalicelib.core.clock import epoch_micros, now, travelled
from tests.chain.proxy import hand_on, refusal, result
from tests.chain.world import World, anvil_world, embedded_world
from tests.faults.recovery import lose_messages
from tests.platform import HOLDER, OTHER_HOLDER, Platform

_STUCK = timedelta(minutes=3)


@pytest.fixture(scope="module")
def embedded(platform: Platform) -> Iterator[World]:
    """A chain that mines at once, behind a line that can be cut."""
    del platform
    with embedded_world() as world:
        yield world
    lose_messages()


@pytest.fixture
def anvil(platform: Platform) -> Iterator[World]:
    """A chain that mines when told to, and counts a transaction as final with its first block."""
    del platform
    with anvil_world(max_fee_gwei=10) as world:
        yield world
    lose_messages()


@pytest.fixture
def deep(platform: Platform) -> Iterator[World]:
    """The same, where three blocks make a transaction final."""
    del platform
    with anvil_world(confirmations=3) as world:
        yield world
    lose_messages()


# The line to the node


@pytest.mark.parametrize(
    "answer",
    [
        (503, b"away"),
        (429, b"slow down"),
        (200, b"<html>"),
        refusal("nonce too high"),
        refusal("replacement underpriced"),
    ],
    ids=["down", "rate limit", "no JSON-RPC", "nonce gap", "underpriced"],
)
def test_node_that_gives_no_good_answer_puts_the_mint_off_and_later_it_is_minted(
    embedded: World, answer: tuple[int, bytes]
) -> None:
    token_id = 100 + len(embedded.submissions())
    embedded.mint(token_id)
    embedded.proxy.meddle = lambda method, params: answer  # noqa: ARG005
    embedded.work(token_id)
    embedded.work(token_id)
    [job] = embedded.jobs(token_id)
    assert (job.state, int(job.failures), embedded.told(token_id)) == ("waiting", 2, [])
    assert job.error
    embedded.proxy.meddle = hand_on
    embedded.rest(rounds=1)
    embedded.assert_minted(token_id)


def test_pauses_grow_while_the_node_is_down_and_after_a_day_the_failure_is_told_once(embedded: World) -> None:
    embedded.mint(201)
    embedded.proxy.meddle = lambda method, params: (503, b"")  # noqa: ARG005
    dues: list[int] = []
    with travelled(timedelta()) as further:
        for _ in range(4):
            embedded.work(201)
            [job] = embedded.jobs(201)
            dues.append(int(job.due_at) - epoch_micros(now()))
        further(timedelta(hours=24, minutes=1))
        embedded.work(201)
        embedded.work(201)
        [failure] = embedded.told(201)
    embedded.proxy.meddle = hand_on
    assert dues == sorted(dues)
    assert dues[-1] > 4 * dues[0]
    assert failure["kind"] == "mint failed"
    assert "24 hours" in failure["reason"]
    embedded.mint(201, attempt=2, to=OTHER_HOLDER)
    embedded.work(201)
    embedded.assert_minted(201, to=OTHER_HOLDER)


def test_node_that_is_slower_than_we_wait_puts_the_mint_off(platform: Platform) -> None:
    del platform

    def hang(method: str, params: list[Any]) -> None:
        del method, params
        time.sleep(3.2)

    with embedded_world(node_seconds=3) as world:
        world.mint(1)
        world.proxy.meddle = hang
        world.work(1)
        [job] = world.jobs(1)
        world.proxy.meddle = hand_on
        assert "NodeUnreachable" in str(job.error)
    lose_messages()


# The pool and the fees


def test_stuck_transaction_is_replaced_by_one_that_bids_an_eighth_more(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [first] = anvil.pending()
    anvil.confirm()
    assert anvil.pending()[0].hash == first.hash  # it has waited for moments alone
    with travelled(_STUCK):
        anvil.pass_over()
        anvil.confirm()
    [second] = anvil.pending()
    before, after = read_transaction(first.raw), read_transaction(second.raw)
    assert (after.nonce, after.data, after.to) == (before.nonce, before.data, before.to)
    assert after.max_fee_per_gas >= before.max_fee_per_gas * 1.125
    assert after.max_priority_fee_per_gas >= before.max_priority_fee_per_gas * 1.125
    pool = anvil.raw.call("txpool_content")["pending"]
    assert [each["hash"] for sender in pool.values() for each in sender.values()] == [second.hash]
    anvil.mine()
    anvil.confirm()
    assert anvil.assert_minted(1) == second.hash != first.hash
    assert len(anvil.told(1)) == 1


def test_earlier_bid_that_is_mined_after_all_is_the_one_that_is_told_and_kept(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [first] = anvil.pending()
    anvil.proxy.meddle = lambda method, params: (  # noqa: ARG005
        result("0x" + "0" * 64) if method == "eth_sendRawTransaction" else None
    )
    with travelled(_STUCK):
        anvil.pass_over()
        anvil.confirm()
    assert anvil.pending()[0].hash != first.hash
    anvil.mine()
    anvil.confirm()
    assert anvil.assert_minted(1) == first.hash
    row = anvil.submissions()[-1]
    assert (row.hash, row.raw, row.state) == (first.hash, first.raw, "final")


def test_mint_that_no_fee_up_to_the_cap_brings_in_is_given_up_and_told_only_when_that_is_final(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    anvil.raw.call("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    anvil.mine()  # the block is too dear for us
    bids = []
    with travelled(timedelta()) as further:
        for _ in range(30):
            further(timedelta(minutes=11))
            anvil.raw.call("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
            anvil.pass_over()
            anvil.confirm()
            [row] = anvil.pending()
            bids.append(read_transaction(row.raw))
            if row.cancel_hash is not None:
                break
        assert row.cancel_hash == row.hash
        assert anvil.told(1) == []
        anvil.raw.call("anvil_setNextBlockBaseFeePerGas", hex(GWEI))
        anvil.confirm()  # while they were too dear, the node took none of the later bids
        anvil.mine()
        anvil.confirm()
    fees = [bid.max_fee_per_gas for bid in bids]
    assert all(8 * later >= 9 * earlier for earlier, later in pairwise(fees) if later != earlier)
    assert fees[-1] == 10 * GWEI == max(fees)
    [failure] = anvil.told(1)
    assert failure["kind"] == "mint failed"
    assert "10 gwei" in failure["reason"]
    assert anvil.owner_of(1) is None
    anvil.mint(1, attempt=2, to=OTHER_HOLDER)
    anvil.work(1)
    anvil.mine()
    anvil.confirm()
    anvil.assert_minted(1, to=OTHER_HOLDER)


def test_fees_above_the_cap_before_anything_is_sent_put_the_mint_off(anvil: World) -> None:
    anvil.raw.call("anvil_setNextBlockBaseFeePerGas", hex(50 * GWEI))
    anvil.mine()
    anvil.mint(1)
    anvil.work(1)
    [job] = anvil.jobs(1)
    assert (job.state, anvil.told(1)) == ("waiting", [])
    assert "gwei" in str(job.error)


def test_transaction_that_the_pool_dropped_is_sent_again(anvil: World) -> None:
    anvil.mint(1)
    anvil.work(1)
    [row] = anvil.pending()
    anvil.raw.call("anvil_dropTransaction", row.hash)
    anvil.mine()
    anvil.confirm()
    anvil.mine()
    anvil.confirm()
    assert anvil.assert_minted(1) == row.hash


def test_line_that_is_full_holds_mints_back_without_blame(anvil: World) -> None:
    for token_id in range(1, 19):
        anvil.mint(token_id)
        anvil.work(token_id)
    assert len(anvil.pending()) == 16
    [job] = anvil.jobs(18)
    assert (job.state, int(job.failures)) == ("waiting", 0)
    anvil.mine()
    anvil.confirm()
    anvil.work(17, 18)
    anvil.mine()
    anvil.confirm()
    for token_id in range(1, 19):
        anvil.assert_minted(token_id)


def test_signer_without_funds_waits_for_them(anvil: World) -> None:
    anvil.raw.call("anvil_setBalance", anvil.node.signer.address, "0x0")
    anvil.mint(1)
    anvil.work(1)
    anvil.confirm()
    assert anvil.told(1) == []
    anvil.fund()
    anvil.rest(rounds=1)
    anvil.mine()
    anvil.rest(rounds=1)
    anvil.assert_minted(1)


# Blocks that are taken back


def test_nothing_is_told_before_the_confirmations_are_there(deep: World) -> None:
    deep.mint(1)
    deep.work(1)
    for _ in range(2):
        deep.mine()
        deep.confirm()
        assert deep.told(1) == []
    deep.mine()
    deep.confirm()
    deep.assert_minted(1)
    assert len(deep.told(1)) == 1


def test_mint_that_a_reorg_drops_is_sent_again_and_told_once(deep: World) -> None:
    snapshot = deep.raw.call("evm_snapshot")
    deep.mint(1, 2)
    deep.work(1)
    deep.mine()
    deep.confirm()
    assert deep.owner_of(1) == HOLDER
    deep.raw.call("evm_revert", snapshot)
    assert deep.owner_of(1) is None
    deep.confirm()
    deep.mine(3)
    deep.confirm()
    assert deep.assert_minted(1) == deep.assert_minted(2)
    assert (len(deep.told(1)), len(deep.told(2))) == (1, 1)


def test_reorg_of_some_blocks_that_drops_several_transactions_loses_none(deep: World) -> None:
    for token_id in (1, 2, 3):
        deep.mint(token_id)
        deep.work(token_id)
        deep.mine()
    deep.raw.call("anvil_reorg", 3, [])
    deep.mint(4)
    deep.work(4)
    deep.confirm()
    deep.mine(4)
    deep.confirm()
    for token_id in (1, 2, 3, 4):
        deep.assert_minted(token_id)
        assert len(deep.told(token_id)) == 1


def test_reorg_below_what_was_final_is_mended_by_the_watch(anvil: World) -> None:
    snapshot = anvil.raw.call("evm_snapshot")
    anvil.mint(1)
    anvil.work(1)
    anvil.mine()
    anvil.confirm()
    sent = anvil.assert_minted(1)
    anvil.raw.call("evm_revert", snapshot)
    anvil.catch_up()
    anvil.mine()
    assert anvil.assert_minted(1) == sent


def test_nonce_that_somebody_else_took_gives_the_jobs_a_new_one_once_that_is_final(deep: World) -> None:
    deep.mint(1)
    deep.work(1)
    [row] = deep.pending()
    deep.raw.call("anvil_dropTransaction", row.hash)
    _send_past_the_platform(deep, int(row.nonce))
    deep.mine()
    deep.confirm()
    assert deep.pending()[0].hash == row.hash  # it could come back yet
    deep.mine(2)
    deep.confirm()
    deep.work(1)
    deep.mine(3)
    deep.confirm()
    assert deep.assert_minted(1) != row.hash


def test_gap_that_a_reorg_tears_where_somebody_else_had_sent_is_filled(deep: World) -> None:
    snapshot = deep.raw.call("evm_snapshot")
    foreign = deep.raw.nonce(deep.node.signer.address)
    _send_past_the_platform(deep, foreign)
    deep.mine()
    deep.mint(1)
    deep.work(1)
    [row] = deep.pending()
    assert int(row.nonce) == foreign + 1
    deep.raw.call("evm_revert", snapshot)
    with travelled(_STUCK) as further:
        for _ in range(3):
            deep.confirm()
            deep.mine(3)
            further(_STUCK)
        deep.confirm()
    deep.assert_minted(1)
    assert [int(each.nonce) for each in deep.submissions()] == list(range(foreign + 2))


def test_finalized_tag_decides_where_the_chain_is_told_to_ask_for_it(platform: Platform) -> None:
    del platform
    with anvil_world("--slots-in-an-epoch", "2", finalized_tag=True) as world:
        world.mine(6)
        world.confirm()
        world.mint(1)
        world.work(1)
        world.mine(2)
        world.confirm()
        assert world.told(1) == []
        world.mine(6)
        world.confirm()
        world.assert_minted(1)
    lose_messages()


def _send_past_the_platform(world: World, nonce: int) -> str:
    """Signs with the platform's key past the platform, as somebody would who holds it too."""
    nothing = Eip1559Transaction(
        chain_id=world.node.chain_id,
        nonce=nonce,
        max_priority_fee_per_gas=5 * GWEI,
        max_fee_per_gas=9 * GWEI,
        gas=21_000,
        to=HOLDER,
        data=b"",
    )
    return world.raw.send_raw(world.node.signer.sign(nothing).raw)
