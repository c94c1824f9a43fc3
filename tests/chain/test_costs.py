"""What a job cost: its share of the transaction's real cost, told with the job's end."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.chain.domain.amounts import shares
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.service.costs import Cost, cost_of
from tests.chain.world import World, embedded_world
from tests.platform import Platform


@pytest.fixture(scope="module")
def world(platform: Platform) -> Iterator[World]:
    """An embedded chain whose coin has a price."""
    del platform
    with embedded_world(coin_price=0.23, currency="USD") as world:
        yield world


def _paid(world: World, transaction_hash: str) -> int:
    receipt = world.raw.call("eth_getTransactionReceipt", transaction_hash)
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_shares_add_up_to_the_amount_and_differ_by_one_wei_at_most() -> None:
    found = shares(1_000_003, [("a", str(number)) for number in range(7)])
    assert sum(found.values()) == 1_000_003
    assert max(found.values()) - min(found.values()) == 1


def test_jobs_of_a_batch_share_what_their_transaction_cost(world: World) -> None:
    world.mint(1, 2, 3)
    world.work(1, 2, 3)
    world.confirm()
    told = [each for token in (1, 2, 3) for each in world.told(token)]
    [transaction_hash] = {each["transaction_hash"] for each in told}
    assert sum(each["cost"] for each in told) == _paid(world, transaction_hash) > 0
    world.update(1, 1, 2)
    world.update(2, 1)
    world.work(1, 2)
    world.confirm()
    updates = [each for token in (1, 2) for each in world.told(token) if each["kind"] == "updated"]
    [transaction_hash] = {each["transaction_hash"] for each in updates}
    assert sum(each["cost"] for each in updates) == _paid(world, transaction_hash)


def test_fee_of_the_chain_below_counts_and_a_cost_that_no_node_tells_is_none(world: World) -> None:
    call = JsonRpc.call

    def tell(self: JsonRpc, method: str, *params: Any) -> Any:
        found = call(self, method, *params)
        if method == "eth_getTransactionReceipt" and found is not None:
            found = {**found, **names}
            if names["effectiveGasPrice"] is None:
                del found["effectiveGasPrice"]
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonRpc, "call", tell)
        for token, price, expected in ((11, "0x2", True), (12, None, False)):
            names: dict[str, Any] = {"effectiveGasPrice": price, "l1Fee": hex(10**15)}
            world.mint(token)
            world.work(token)
            world.confirm()
            [mint] = world.told(token)
            receipt = world.raw.receipt(mint["transaction_hash"])
            assert receipt is not None
            assert mint["cost"] == (2 * receipt.gas_used + 10**15 if expected else None)


def test_cost_is_shown_in_money_where_the_coin_has_a_price(world: World) -> None:
    assert cost_of(world.name, 83_700_000_000_000_000) == Cost("0.0837", "0.019251", "USD")
    assert str(cost_of(world.name, 10**18)) == "1 coins (0.23 USD)"
    assert str(cost_of("local", 5 * 10**17)) == "0.5 coins"
