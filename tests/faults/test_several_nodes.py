"""A chain with several nodes, of which one fails: a table of faults by the moment at which each begins.

The faulty node stands first, so that it is the one which is asked. Time goes on by seconds, with a block each: a look
at what is on its way every second, and a job again when it is due, as the delayed messages would do it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.node_states import NodeState
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.rpc_nodes import NodeStanding, standings_of
from chalicelib.chain.service import deployments
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.clock import epoch_micros, now, travelled
from tests.chain import faulty_nodes
from tests.chain.anvil import running_anvil
from tests.chain.faulty_nodes import MOMENTS, from_moment
from tests.chain.holders import Wallet
from tests.chain.proxy import Meddling, Proxy, hand_on
from tests.chain.sender import ETHER
from tests.chain.world import World, world_on
from tests.faults.recovery import lose_messages
from tests.platform import Platform

_LONGEST_SECONDS = 30
_FAULTS: dict[str, Callable[[Proxy], Meddling]] = {
    "dead": faulty_nodes.dead,
    "slow": faulty_nodes.slow,
    "429": faulty_nodes.over_quota,
    "null": faulty_nodes.says_nothing,
    "nonsense": faulty_nodes.talks_nonsense,
    "lagging": faulty_nodes.lagging,
    "hides receipts": faulty_nodes.hides_receipts,
    "forges receipts": faulty_nodes.forges_receipts,
}
# Until it is surveyed, a node of another chain says that our signer has no coins, for which a job waits a minute.
_LONGEST_FORKED_SECONDS = 90
# More than the first chain mines within a test.
_AHEAD_BLOCKS = 300


@pytest.fixture(autouse=True)
def _deployments_wait_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes on by command here, so the second block that a deployment waits for does not come by itself."""
    monkeypatch.setattr(deployments, "_PATIENCE_SECONDS", 0)


@pytest.fixture(scope="module")
def chain(platform: Platform) -> Iterator[str]:
    """A chain that mines at once."""
    del platform
    with running_anvil() as url:
        yield url
    lose_messages()


@pytest.fixture(scope="module")
def another() -> Iterator[str]:
    """A chain of the same id that shares no block with the first one."""
    with running_anvil("--timestamp", "1700000000") as url:
        yield url


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """A chain of another id."""
    with running_anvil(chain_id=4711) as url:
        yield url


@pytest.fixture
def other_chain(chain: str, another: str) -> str:
    """The other chain, far ahead of where the first one is now."""
    head, own = JsonRpc(chain).block_number(), JsonRpc(another).block_number()
    missing = head + _AHEAD_BLOCKS - own
    if missing > 0:
        JsonRpc(another, timeout_seconds=60).call("anvil_mine", hex(missing))
    return another


@contextmanager
def _world_of(chain: str, *, nodes: int) -> Iterator[World]:
    """A world on the chain, whose first node is the world's proxy."""
    with ExitStack() as stack:
        others = [stack.enter_context(Proxy(chain).served()).url for _ in range(nodes - 1)]
        world = stack.enter_context(
            world_on(chain, None, other_nodes=others, node_seconds=1, max_lag_blocks=3, confirmations=2)
        )
        world.deploy()
        world.mine(2)
        world.confirm()
        yield world


@pytest.fixture
def three(chain: str) -> Iterator[World]:
    """A world with three nodes."""
    with _world_of(chain, nodes=3) as world:
        yield world


@pytest.fixture
def two(chain: str) -> Iterator[World]:
    """A world with two nodes."""
    with _world_of(chain, nodes=2) as world:
        yield world


def _seconds_until_told(world: World, *token_ids: int, most: int = _LONGEST_SECONDS) -> int:
    """Lets time and chain go on until each token's end was told; gives how many seconds that took."""
    with travelled(timedelta()) as further:
        for second in range(most + 1):
            if all(world.told(token_id) for token_id in token_ids):
                return second
            due = epoch_micros(now())
            waiting = [(each, job) for each in token_ids for job in world.jobs(each) if job.state == "waiting"]
            world.work(*(each for each, job in waiting if second == 0 or int(job.due_at) <= due))
            world.confirm()
            further(timedelta(seconds=1))
            world.mine()
    raise AssertionError(f"not told within {most} s: {[world.told(each) for each in token_ids]}")


def _state_of_first(world: World) -> NodeStanding:
    return standings_of(world.node.rpc)[0]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", _FAULTS)
def test_a_node_that_fails_holds_up_no_mint(three: World, fault: str, moment: str) -> None:
    three.proxy.meddle = from_moment(MOMENTS[moment], partial(_FAULTS[fault], three.proxy))
    _assert_minted_within(three, _LONGEST_SECONDS)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_node_of_another_chain_brings_nothing_there(three: World, other_chain: str, moment: str) -> None:
    three.proxy.meddle = from_moment(MOMENTS[moment], lambda: faulty_nodes.forked(three.proxy, other_chain))
    _assert_minted_within(three, _LONGEST_FORKED_SECONDS)


def _assert_minted_within(three: World, seconds: int) -> None:
    three.mint(1, 2)
    _seconds_until_told(three, 1, 2, most=seconds)
    three.assert_minted(1)
    three.assert_minted(2)
    assert len(three.told(1)) == len(three.told(2)) == 1


@pytest.mark.parametrize("fault", [*_FAULTS, "forgets", "forked"])
def test_a_node_that_fails_while_events_are_read_hides_and_invents_no_transfer(
    three: World, other_chain: str, fault: str
) -> None:
    others: dict[str, Callable[[Proxy], Meddling]] = {
        "forgets": faulty_nodes.forgets,
        "forked": partial(faulty_nodes.forked, other_chain=other_chain),
    }
    make = {**_FAULTS, **others}[fault]
    holder, second = (Wallet(three.raw) for _ in range(2))
    for each in (holder, second):
        three.raw.call("anvil_setBalance", each.address, hex(ETHER))
    three.mint(1, to=holder.address)
    _seconds_until_told(three, 1)
    three.read()
    three.proxy.meddle = from_moment("eth_getLogs", partial(make, three.proxy))
    holder.give(three.address, 1, second.address)
    with travelled(timedelta()) as further:
        for _ in range(3):
            three.mine(5)
            with suppress(RpcError):
                three.read()
            further(timedelta(minutes=1))
        assert three.moves(1) == [(holder.address, second.address)]
        second.give(three.address, 1, holder.address)
        three.mine(5)
        three.read()
    assert three.moves(1) == [(holder.address, second.address), (second.address, holder.address)]
    assert event_rows.read_followed(three.name).cursor.generation == 0


@pytest.mark.parametrize("calls", [1, 3, 6, 9, 12, 16, 20])
def test_a_node_that_is_killed_in_the_middle_of_a_batch_loses_nothing(two: World, calls: int) -> None:
    left = [calls]

    def meddle(method: str, params: list[object]) -> None:
        del params
        left[0] -= 1
        if left[0] == 0:
            two.proxy.kill()
            raise ConnectionAbortedError(method)

    two.proxy.meddle = meddle
    tokens = range(1, 61)  # more than go into one transaction
    two.mint(*tokens)
    _seconds_until_told(two, *tokens)
    assert left[0] <= 0, "the node was killed"
    for token_id in tokens:
        two.assert_minted(token_id)


def test_a_transaction_goes_to_every_node_and_its_look_to_one(three: World) -> None:
    assert len(three.node.rpc.nodes()) == 3
    three.mint(1)
    calls = len(three.proxy.calls)
    three.work(1)
    asked = three.proxy.calls[calls:]
    assert asked.count("eth_sendRawTransaction") == 1
    three.mine(2)
    three.confirm()
    three.assert_minted(1)


def test_of_two_nodes_that_contradict_one_another_neither_is_believed(two: World) -> None:
    two.proxy.meddle = faulty_nodes.forges_receipts(two.proxy)
    two.mint(1)
    with pytest.raises(AssertionError, match="not told"):
        _seconds_until_told(two, 1)
    assert [row.waits_for for row in two.pending()] == [Cause.NODES_DISAGREE]
    two.proxy.meddle = hand_on
    _seconds_until_told(two, 1)
    two.assert_minted(1)


def test_a_node_that_comes_back_is_used_again(three: World) -> None:
    three.node.rpc.block_number()
    three.proxy.meddle = faulty_nodes.over_quota(three.proxy)
    assert three.node.rpc.block_number() >= 0
    assert _state_of_first(three).state is NodeState.SILENT
    three.proxy.meddle = hand_on
    calls = len(three.proxy.calls)
    three.node.rpc.block_number()
    assert len(three.proxy.calls) == calls, "it is not asked at once"
    with travelled(timedelta(seconds=46)):
        assert _state_of_first(three).state is NodeState.USED
        three.node.rpc.block_number()
        assert "eth_blockNumber" in three.proxy.calls[calls:]


def test_a_node_far_behind_and_one_of_another_chain_are_passed_over(three: World, other_chain: str) -> None:
    three.proxy.meddle = faulty_nodes.lagging(three.proxy)
    three.mine(3)
    node_of.cache_clear()
    assert _state_of_first(three).state is NodeState.USED
    three.mine(1)
    with travelled(timedelta(seconds=16)):
        standing = _state_of_first(three)
        assert standing.state is NodeState.LAGGING
        assert standing.head == three.raw.block_number() - 4
    three.proxy.meddle = faulty_nodes.forked(three.proxy, other_chain)
    with travelled(timedelta(seconds=32)):
        assert _state_of_first(three).state is NodeState.FORKED
    three.proxy.meddle = hand_on
    with travelled(timedelta(seconds=48)):
        assert _state_of_first(three).state is NodeState.USED


@pytest.mark.parametrize("configured", [31338, None])
def test_a_node_of_another_chains_id_is_never_asked_though_the_others_are_silent(
    chain: str, foreign: str, configured: int | None
) -> None:
    with world_on(chain, None, other_nodes=[foreign], confirmations=2, chain_id=configured) as world:
        world.deploy()
        with _on_its_way(world):
            world.proxy.meddle = faulty_nodes.over_quota(world.proxy)
            if configured is not None:
                node_of.cache_clear()  # another process, which has not heard of the first node's chain
            _assert_nothing_is_concluded(world, foreign)
            assert standings_of(world.node.rpc)[1].state is NodeState.FORKED


def test_a_node_that_became_one_of_another_chain_is_not_believed(chain: str, foreign: str) -> None:
    with world_on(chain, None, confirmations=2, chain_id=31338) as world:
        world.deploy()
        with _on_its_way(world):
            world.proxy.target = foreign
            node_of.cache_clear()
            _assert_nothing_is_concluded(world, foreign)
            world.proxy.target = chain


@contextmanager
def _on_its_way(world: World) -> Iterator[None]:
    """A mint that was broadcast, and is minted once the block is over; the events before it are read."""
    world.mine(2)
    world.confirm()
    world.read()
    world.mint(1)
    world.work(1)
    yield
    world.proxy.meddle = hand_on
    with travelled(timedelta(minutes=2)):
        _seconds_until_told(world, 1)
        world.assert_minted(1)
        assert len(world.submissions()) == 2, "the deployment, and one transaction for the mint"


def _assert_nothing_is_concluded(world: World, foreign: str) -> None:
    """The other chain knows nothing of ours, and of our signer a nonce far ahead."""
    other = JsonRpc(foreign)
    other.call("anvil_setNonce", world.node.signer.address, hex(50))
    other.call("anvil_mine", hex(_AHEAD_BLOCKS))
    with travelled(timedelta(minutes=1)):
        for _ in range(3):
            with suppress(RpcError):
                world.read()
            world.work(1)
            world.confirm()
    assert world.told(1) == []
    assert other.nonce(world.node.signer.address) == 50
    assert event_rows.read_followed(world.name).cursor.generation == 0


def test_where_every_node_fails_the_job_waits_and_says_so(two: World) -> None:
    two.proxy.kill()
    two.mint(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.chain.proxy.Proxy.answer", lambda self, body: (503, b""))  # noqa: ARG005
        two.work(1)
    [job] = two.jobs(1)
    assert (job.state, job.waits_for) == ("waiting", Cause.CHAIN_UNREACHABLE)
    _seconds_until_told(two, 1, most=60)
    two.assert_minted(1)
