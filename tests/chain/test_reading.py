"""What happens to minted tokens on the chain is told to the surface: once, in order, when it is final."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import pytest

from chalicelib.chain.addresses import keccak256
from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.domain.changes import COLLECTION
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.service import signers
from chalicelib.chain.service.contracts import follow_contract
from chalicelib.core.transactions import Transaction
from tests.chain.anvil import running_anvil
from tests.chain.collections_abi import set_locked_call
from tests.chain.holders import Wallet, call_data
from tests.chain.proxy import hand_on, refusal, result
from tests.chain.sender import ETHER
from tests.chain.world import World, anvil_world, told, uri_of, world_on
from tests.faults.recovery import lose_messages
from tests.platform import OTHER_HOLDER, Platform

_THIRD = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


@pytest.fixture(scope="module")
def chain(platform: Platform) -> Iterator[str]:
    """A chain that mines at once."""
    del platform
    with running_anvil() as url:
        yield url
    lose_messages()


@pytest.fixture
def world(chain: str) -> Iterator[World]:
    """A world on it, whose contract is followed, with what happened until now read."""
    with world_on(chain, None) as world:
        world.deploy()
        world.read()
        yield world


@pytest.fixture
def deep(platform: Platform) -> Iterator[World]:
    """A chain that mines when told to, where the third block makes a transaction final."""
    del platform
    with anvil_world(confirmations=3) as world:
        yield world
    lose_messages()


def _wallet(world: World) -> Wallet:
    wallet = Wallet(world.raw)
    world.raw.call("anvil_setBalance", wallet.address, hex(ETHER))
    return wallet


def _minted(world: World, *token_ids: int) -> Wallet:
    """The holder of tokens that are minted, which the surface knows."""
    wallet = _wallet(world)
    world.mint(*token_ids, to=wallet.address)
    world.work(*token_ids)
    world.assert_minted(token_ids[0], to=wallet.address)
    world.read()
    return wallet


def test_a_sale_is_told_once_however_often_the_chain_is_read(world: World) -> None:
    holder = _minted(world, 1, 2)
    receipt = holder.give(world.address, 1, OTHER_HOLDER)
    assert world.read() >= 1
    [move] = [each for each in world.told(1) if each["kind"] == "moved"]
    assert (move["sender"], move["recipient"]) == (holder.address, OTHER_HOLDER)
    assert move["transaction_hash"] == receipt.transaction_hash
    assert world.read() == 0
    assert world.moves(2) == []
    assert len(world.moves(1)) == 1


def test_hands_are_told_in_order_also_within_one_block(world: World) -> None:
    holder, second = _minted(world, 1), _wallet(world)
    holder.give(world.address, 1, second.address)
    second.give(world.address, 1, holder.address)
    holder.give(world.address, 1, _THIRD)
    world.read()
    assert world.moves(1) == [
        (holder.address, second.address),
        (second.address, holder.address),
        (holder.address, _THIRD),
    ]


def test_nothing_is_told_before_it_is_final_and_nothing_that_a_reorg_drops(deep: World) -> None:
    holder = _wallet(deep)
    deep.mint(1, to=holder.address)
    deep.work(1)
    deep.mine(3)
    deep.confirm()
    deep.read()
    snapshot = deep.raw.call("evm_snapshot")
    with _automine(deep):
        holder.give(deep.address, 1, OTHER_HOLDER)
    deep.read()
    deep.mine()
    deep.read()
    assert deep.moves(1) == []
    deep.raw.call("evm_revert", snapshot)
    deep.mine(4)
    deep.read()
    assert deep.moves(1) == []
    with _automine(deep):
        holder.give(deep.address, 1, _THIRD)
    deep.mine(2)
    deep.read()
    assert deep.moves(1) == [(holder.address, _THIRD)]


def test_a_quiet_minute_costs_one_request_and_the_cursor_moves_with_what_the_watch_saw(world: World) -> None:
    _minted(world, 1)
    before = int(event_rows.read_followed(world.name).cursor.position or 0)
    world.mine(40)
    signers.watch(world.book)
    world.proxy.calls.clear()
    for _ in range(10):
        world.read()
    assert world.proxy.calls == ["eth_getLogs"] * 10
    assert int(event_rows.read_followed(world.name).cursor.position or 0) > before + 30


def test_a_missed_stretch_is_caught_up_in_windows_that_the_node_allows(world: World) -> None:
    holder, second = _minted(world, 1), _wallet(world)
    asked: list[int] = []

    def cap(method: str, params: list[Any]) -> tuple[int, bytes] | None:
        if method != "eth_getLogs":
            return None
        first, last = params[0]["fromBlock"], params[0]["toBlock"]
        width = (world.raw.block_number() if last == "latest" else int(last, 16)) - int(first, 16) + 1
        asked.append(width)
        return refusal("block range is too wide", -32005) if width > 10 else None

    for giver, taker in ((holder, second), (second, holder), (holder, second)):
        world.mine(25)
        giver.give(world.address, 1, taker.address)
    world.proxy.meddle = cap
    world.read()
    assert world.moves(1) == [
        (holder.address, second.address),
        (second.address, holder.address),
        (holder.address, second.address),
    ]
    refused, answered = [each for each in asked if each > 10], [each for each in asked if each <= 10]
    assert len(refused) < 6
    assert len(answered) < 20
    world.mine(25)
    second.give(world.address, 1, _THIRD)
    asked.clear()
    world.read()
    assert world.moves(1)[-1] == (second.address, _THIRD)
    assert len([each for each in asked if each > 10]) < 3, "what the node allows is remembered"


def test_a_reader_that_dies_between_the_change_and_the_cursor_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = _minted(world, 1)
    holder.give(world.address, 1, OTHER_HOLDER)

    def die(*args: Any, **kwargs: Any) -> bool:
        raise KeyboardInterrupt(args, kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(event_rows, "advance", die)
        with pytest.raises(KeyboardInterrupt):
            world.read()
    assert len(world.moves(1)) == 1
    world.read()
    assert len(world.moves(1)) == 1


def test_a_node_that_fails_in_the_middle_is_asked_for_the_rest_with_the_next_reading(world: World) -> None:
    holder = _minted(world, 1)
    holder.give(world.address, 1, OTHER_HOLDER)
    world.proxy.meddle = lambda method, params: (503, b"") if method == "eth_getBlockByNumber" else None  # noqa: ARG005
    with pytest.raises(Exception, match="503"):
        world.read()
    world.proxy.meddle = hand_on
    world.read()
    assert world.moves(1) == [(holder.address, OTHER_HOLDER)]


def test_what_a_token_does_before_its_mint_is_told_comes_after_it(world: World) -> None:
    holder, second = _wallet(world), _wallet(world)
    world.mint(1, to=holder.address)
    world.proxy.meddle = lambda method, params: (503, b"") if method == "eth_getTransactionReceipt" else None  # noqa: ARG005
    world.work(1)
    holder.give(world.address, 1, second.address)
    world.read()
    second.give(world.address, 1, _THIRD)
    world.read()
    assert world.told(1) == []
    world.proxy.meddle = hand_on
    world.confirm()
    world.read()
    assert world.moves(1) == [(holder.address, second.address), (second.address, _THIRD)]
    assert event_rows.read_followed(world.name).later == []


def test_a_contract_that_joins_while_events_are_read_loses_none_of_its_own(world: World) -> None:
    _minted(world, 1)
    before = event_rows.read_followed(world.name).cursor.position
    world.mine(40)
    signers.watch(world.book)

    def join(method: str, params: list[Any]) -> None:
        del params
        if method == "eth_getLogs":
            transaction = Transaction()
            follow_contract(transaction, world.name, _THIRD, origin="o", contract_id="c", from_block=10**6)
            transaction.commit()

    world.proxy.meddle = join
    world.read()
    assert event_rows.read_followed(world.name).cursor.position == before
    world.proxy.meddle = hand_on
    world.read()
    assert int(event_rows.read_followed(world.name).cursor.position or 0) > int(before or 0)


def test_a_chain_that_took_anothers_place_is_read_from_the_beginning(deep: World) -> None:
    holder = _wallet(deep)
    snapshot = deep.raw.call("evm_snapshot")
    deep.mint(1, to=holder.address)
    deep.work(1)
    deep.mine(3)
    deep.confirm()
    with _automine(deep):
        holder.give(deep.address, 1, OTHER_HOLDER)
    deep.mine(20)
    deep.read()
    assert deep.moves(1) == [(holder.address, OTHER_HOLDER)]
    deep.raw.call("evm_revert", snapshot)
    deep.raw.call("anvil_setBalance", holder.address, hex(ETHER))
    deep.catch_up()
    deep.mine(2)
    with _automine(deep):
        holder.give(deep.address, 1, _THIRD)
    deep.mine(5)
    signers.watch(deep.book)
    for _ in range(2):
        deep.read()
    assert event_rows.read_followed(deep.name).cursor.generation == 1
    assert (holder.address, _THIRD) in deep.moves(1)


def test_a_minters_role_that_is_taken_from_us_raises_an_alarm_until_it_is_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    minter_role = _minter_role(world)
    _send_as_signer(world, call_data("revokeRole(bytes32,address)", minter_role, world.node.signer.address))
    world.read()
    [row] = event_rows.read_followed(world.name).contracts.values()
    assert row.may_mint is False
    [alarm] = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "role was taken" in alarm.getMessage()
    _send_as_signer(world, call_data("grantRole(bytes32,address)", minter_role, world.node.signer.address))
    world.read()
    [row] = event_rows.read_followed(world.name).contracts.values()
    assert row.may_mint is True


def test_a_uri_that_somebody_else_sets_is_told_and_our_own_is_not_asked_for(world: World) -> None:
    _minted(world, 1, 2)
    world.update(2, 1)
    world.work(2)
    _set_uri_as_another(world, 1)
    world.proxy.calls.clear()
    world.read()
    assert (_uris(world, 1), _uris(world, 2)) == ([uri_of(77)], [])
    assert world.proxy.calls.count("eth_call") == 1


def _minter_role(world: World) -> bytes:
    return world.raw.eth_call(to=world.address, data=keccak256(b"MINTER_ROLE()")[:4])


@pytest.mark.parametrize("answer", [result("0x1234"), refusal("out of gas")], ids=["nonsense", "refusal"])
def test_a_contract_that_answers_nonsense_holds_up_nobody(world: World, answer: tuple[int, bytes]) -> None:
    holder = _minted(world, 1)
    _set_uri_as_another(world, 1)
    world.proxy.meddle = lambda method, params: answer if method == "eth_call" else None  # noqa: ARG005
    holder.give(world.address, 1, _THIRD)
    world.read()
    assert world.moves(1) == [(holder.address, _THIRD)]
    assert event_rows.read_followed(world.name).later == []
    assert world.read() == 0


def test_a_uri_that_the_node_does_not_tell_now_is_asked_for_later(world: World) -> None:
    _minted(world, 1)
    _set_uri_as_another(world, 1)
    world.proxy.meddle = lambda method, params: (503, b"") if method == "eth_call" else None  # noqa: ARG005
    world.read()
    assert _uris(world, 1) == []
    world.proxy.meddle = hand_on
    world.read()
    assert _uris(world, 1) == [uri_of(77)]
    assert event_rows.read_followed(world.name).later == []


def test_settings_that_the_node_does_not_tell_now_are_asked_for_later(world: World) -> None:
    _minted(world, 1)
    _send_as_signer(world, call_data("grantRole(bytes32,address)", bytes(32), (other := _wallet(world)).address))
    other.call(world.address, "setContractURI(string)", "ipfs://theirs")
    world.proxy.meddle = lambda method, params: (503, b"") if method == "eth_call" else None  # noqa: ARG005
    world.read()
    assert told(world.address, COLLECTION) == []
    world.proxy.meddle = hand_on
    world.read()
    assert [each["settings"] for each in told(world.address, COLLECTION)] == [["ipfs://theirs", None, 0, "none"]]
    assert event_rows.read_followed(world.name).later == []


def test_lock_is_told_once_its_mint_is_and_one_from_the_mint_on_is_no_news(chain: str) -> None:
    with world_on(chain, None) as world:
        world.deploy(Settings(lock=LockPolicy.TOKEN))
        world.mint(1)
        world.proxy.meddle = lambda method, params: (503, b"") if method == "eth_getTransactionReceipt" else None  # noqa: ARG005
        world.work(1)
        for is_locked in (True, False, True):
            _send_as_signer(world, set_locked_call(1, is_locked=is_locked))
        world.read()
        assert world.told(1) == []
        world.proxy.meddle = hand_on
        world.confirm()
        world.read()
        assert _locks(world, 1) == [True, False, True]
        assert event_rows.read_followed(world.name).later == []
    with world_on(chain, None) as world:
        world.deploy(Settings(lock=LockPolicy.COLLECTION))
        _minted(world, 1, 2)
        assert _locks(world, 1) == _locks(world, 2) == []


def _locks(world: World, token_id: int) -> list[bool]:
    return [each["is_locked"] for each in world.told(token_id) if each["kind"] == "lock changed"]


def _uris(world: World, token_id: int) -> list[str]:
    return [each["uri"] for each in world.told(token_id) if each["kind"] == "uri changed"]


def _set_uri_as_another(world: World, token_id: int) -> None:
    """Somebody else with the role sets a token's URI."""
    other = _wallet(world)
    _send_as_signer(world, call_data("grantRole(bytes32,address)", _minter_role(world), other.address))
    other.call(world.address, "setTokenURI(uint256,string)", token_id, uri_of(77))


@contextmanager
def _automine(world: World) -> Iterator[None]:
    world.raw.call("evm_setAutomine", True)
    yield
    world.raw.call("evm_setAutomine", False)


def _send_as_signer(world: World, data: bytes) -> None:
    """What the signer's own key sends on the chain, past the platform."""
    address = world.node.signer.address
    world.raw.call("anvil_impersonateAccount", address)
    transaction = {"from": address, "to": world.address, "data": "0x" + data.hex(), "gas": hex(400_000)}
    sent = world.raw.call("eth_sendTransaction", transaction)
    deadline = monotonic() + 30
    while (receipt := world.raw.receipt(sent)) is None:
        assert monotonic() < deadline
        sleep(0.01)
    assert receipt.succeeded
