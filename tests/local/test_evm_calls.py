"""Calls and estimates of the embedded chain, as geth answers them."""

from typing import Any

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import Reverted, RpcError
from tests.chain.sender import ETHER, GWEI, Sender

ANNA = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
# Reverts with Error("no"): the selector and three words are in memory before REVERT.
_SAYS_NO = (
    "0x"
    + (
        "7f08c379a0" + "00" * 28 + "600052"  # the selector at 0
        "6020600452"  # where the text begins
        "6002602452"  # its length
        "7f6e6f" + "00" * 30 + "604452"  # "no"
        "60646000fd"
    )
)
_SPINS = "0x5b600056"  # JUMPDEST, PUSH1 0, JUMP


def _refusal(rpc: JsonRpc, method: str, *params: Any) -> RpcError:
    with pytest.raises(RpcError) as caught:
        rpc.call(method, *params)
    return caught.value


@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_reason_of_a_revert_is_told_in_words_and_as_data(rpc: JsonRpc, method: str) -> None:
    refusal = _refusal(rpc, method, {"data": _SAYS_NO})
    assert isinstance(refusal, Reverted)
    assert (str(refusal), refusal.code, refusal.reason) == ("execution reverted: no", 3, "no")


@pytest.mark.parametrize("nonce", [0, 10**6])
def test_nonce_of_a_call_does_not_matter(rpc: JsonRpc, funder: Sender, nonce: int) -> None:
    funder.send(ANNA, value=1, gas=21_000)
    call = {"from": funder.signer.address, "to": ANNA, "value": "0x1", "nonce": hex(nonce)}
    assert int(rpc.call("eth_estimateGas", call), 16) == 21_000
    assert rpc.call("eth_call", call) == "0x"


def test_estimate_stays_within_the_gas_and_the_coins_that_there_are(rpc: JsonRpc, funder: Sender) -> None:
    deploy = {"from": funder.signer.address, "data": "0x" + collection.deployment_data("A", "A", ANNA).hex()}
    enough = int(rpc.call("eth_estimateGas", deploy), 16)
    assert int(rpc.call("eth_estimateGas", {**deploy, "gas": hex(enough)}), 16) <= enough
    too_little = _refusal(rpc, "eth_estimateGas", {**deploy, "gas": hex(enough // 2)})
    assert str(too_little) == f"gas required exceeds allowance ({enough // 2})"
    poor = {**deploy, "from": ANNA, "gasPrice": hex(GWEI)}
    assert "gas required exceeds allowance (" in str(_refusal(rpc, "eth_estimateGas", poor))
    assert "insufficient funds" in str(
        _refusal(rpc, "eth_estimateGas", {"from": ANNA, "to": ANNA, "value": hex(ETHER)})
    )


def test_calldata_costs_what_the_chain_asks_for_it(rpc: JsonRpc, funder: Sender) -> None:
    data = b"\x01" * 5_000
    estimate = rpc.estimate_gas(sender=funder.signer.address, to=ANNA, data=data)
    receipt = funder.send(ANNA, data, gas=estimate)
    assert receipt.succeeded
    assert receipt.gas_used <= estimate <= 1.2 * receipt.gas_used


def test_endless_call_runs_out_of_gas(rpc: JsonRpc) -> None:
    spinning = {"data": _SPINS, "gas": hex(100_000)}
    assert "out of gas" in str(_refusal(rpc, "eth_call", spinning))
    assert "gas required exceeds allowance (100000)" in str(_refusal(rpc, "eth_estimateGas", spinning))


def test_call_sees_the_state_that_it_overrides(rpc: JsonRpc, funder: Sender) -> None:
    wallet = "0x" + "77" * 20
    rich = {
        wallet: {"balance": hex(10**30), "code": "0x47600052600054602052" + "60406000f3", "stateDiff": {"0x0": "0x5"}}
    }
    answer = rpc.call("eth_call", {"to": wallet}, "latest", rich)
    assert answer == f"0x{10**30:064x}{5:064x}"
    assert rpc.call("eth_call", {"to": wallet}, "latest") == "0x"
    assert "not supported" in str(_refusal(rpc, "eth_call", {"to": wallet}, "latest", {wallet: {"state": {}}}))
    assert funder.rpc.code(wallet) == b""


def test_past_block_is_asked_by_number_by_hash_and_by_object(rpc: JsonRpc, funder: Sender) -> None:
    before = rpc.block("latest")
    assert before is not None
    held = rpc.balance(ANNA)
    funder.send(ANNA, value=7, gas=21_000)
    for block in (hex(before.number), {"blockNumber": hex(before.number)}, {"blockHash": before.hash}):
        assert int(rpc.call("eth_getBalance", ANNA, block), 16) == held
    assert "unknown block" in str(_refusal(rpc, "eth_getBalance", ANNA, {"blockHash": "0x" + "12" * 32}))
    assert "header not found" in str(_refusal(rpc, "eth_call", {"to": ANNA}, hex(10**6)))


def test_deploying_transaction_is_found_by_its_place_in_the_block(rpc: JsonRpc, funder: Sender) -> None:
    funder.deploy()
    block = rpc.call("eth_getBlockByNumber", "latest", False)
    for method, place in (("Hash", block["hash"]), ("Number", block["number"])):
        found = rpc.call(f"eth_getTransactionByBlock{method}AndIndex", place, "0x0")
        assert (found["hash"], found["to"]) == (funder.sent[-1].hash, None)
        assert rpc.call(f"eth_getTransactionByBlock{method}AndIndex", place, "0x1") is None
    [receipt] = rpc.call("eth_getBlockReceipts", block["number"])
    assert receipt["transactionHash"] == funder.sent[-1].hash


def test_filter_tells_what_came_since_within_its_blocks(rpc: JsonRpc, funder: Sender) -> None:
    contract = funder.deploy()
    funder.send(contract, collection.mint_call(ANNA, 1, "ipfs://1"))
    transfer = rpc.logs(contract, [])[-2].topics[0]
    head = rpc.block_number()
    query = {"address": contract, "topics": [transfer]}
    plain = rpc.call("eth_newFilter", query)
    until_now = rpc.call("eth_newFilter", {**query, "fromBlock": "earliest", "toBlock": hex(head)})
    funder.send(contract, collection.mint_batch_call([(ANNA, 2, "ipfs://2"), (ANNA, 3, "ipfs://3")]))
    told = [int(event["topics"][3], 16) for event in rpc.call("eth_getFilterChanges", plain)]
    assert told == [2, 3]
    assert rpc.call("eth_getFilterChanges", until_now) == []
    assert [int(event["topics"][3], 16) for event in rpc.call("eth_getFilterLogs", until_now)] == [1]
    for gone in (hex(10**6), rpc.call("eth_newBlockFilter")):
        assert "filter not found" in str(_refusal(rpc, "eth_getFilterLogs", gone))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"fromBlock": "0x2", "toBlock": "0x1"}, "invalid block range"),
        ({"blockHash": "0x" + "12" * 32}, "unknown block"),
        ({"topics": [None] * 5}, "four topics"),
    ],
)
def test_query_that_cannot_be_answered_is_refused(rpc: JsonRpc, query: dict[str, Any], words: str) -> None:
    assert words in str(_refusal(rpc, "eth_getLogs", query))
