"""The embedded chain as its clients see it: over HTTP, with the manners of a real node."""

import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import (
    AlreadyKnown,
    InsufficientFunds,
    NodeUnreachable,
    NonceTooLow,
    Reverted,
    RpcRefused,
    Underpriced,
)
from chalicelib.chain.signing import KeySigner
from local.chain.evm import EvmNode
from tests.chain.sender import ETHER, GWEI, Sender

ANNA = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
NOBODY = f"0x{0:064x}"


@pytest.fixture(scope="module")
def contract(funder: Sender) -> str:
    return funder.deploy()


def post(node: EvmNode, body: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(node.url).netloc, timeout=120)
    connection.request("POST", "/", body)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def test_the_funder_is_rich_and_known(node: EvmNode, rpc: JsonRpc) -> None:
    assert KeySigner(node.funder_key).address == node.funder_address
    assert rpc.balance(node.funder_address) > 10**6 * ETHER
    assert rpc.chain_id() == node.chain_id
    assert rpc.call("net_version") == str(node.chain_id)


def test_raw_transactions_sent_to_a_fresh_chain_come_back_the_same() -> None:
    first, second = EvmNode.start(), EvmNode.start()
    try:
        old, new = JsonRpc(first.url), JsonRpc(second.url)
        sender = Sender(old, KeySigner(first.funder_key))
        contract = sender.deploy()
        sender.send(contract, collection.mint_call(ANNA, 1, "ipfs://one"))
        sender.send(contract, collection.set_token_uri_call(1, "ipfs://two"))

        replayed = [new.send_raw(signed.raw) for signed in sender.sent]

        assert replayed == [signed.hash for signed in sender.sent]
        assert new.code(contract) == old.code(contract) != b""
        assert collection.token_uri(new, contract, 1) == "ipfs://two"
        assert _mined_block(new, replayed[0]) == _mined_block(old, replayed[0])
    finally:
        first.stop()
        second.stop()


def test_every_transaction_has_a_block_of_its_own_that_is_final_at_once(rpc: JsonRpc, funder: Sender) -> None:
    before = rpc.block_number()

    receipts = [funder.send(ANNA, value=1, gas=21_000) for _ in range(3)]

    assert [receipt.block_number for receipt in receipts] == [before + 1, before + 2, before + 3]
    finalized = rpc.block("finalized")
    assert finalized is not None
    assert (finalized.number, finalized.hash) == (before + 3, receipts[-1].block_hash)


def test_blocks_carry_rising_times_and_their_parents_hash(rpc: JsonRpc, funder: Sender) -> None:
    first, second = (funder.send(ANNA, value=1, gas=21_000).block_number for _ in range(2))

    earlier, later = rpc.block(first), rpc.block(second)

    assert earlier is not None
    assert later is not None
    assert later.parent_hash == earlier.hash
    assert later.timestamp > earlier.timestamp


def test_blocks_carry_the_clock_that_a_chain_is_given() -> None:
    times = iter([1000.0, 2000.5, 500.0, 9000.0])
    node = EvmNode.start(clock=lambda: next(times))
    try:
        rpc = JsonRpc(node.url)
        sender = Sender(rpc, KeySigner(node.funder_key))
        for _ in range(3):
            sender.send(ANNA, value=1, gas=21_000)
        blocks = [rpc.block(number) for number in range(4)]
        assert [block.timestamp for block in blocks if block] == [1000, 2000, 2001, 9000]
    finally:
        node.stop()


@pytest.mark.parametrize(
    ("function", "points", "result"),
    [(6, [1, 2, 1, 2], "030644e72e131a02"), (7, [1, 2, 1], "00" * 31 + "01"), (8, [], "00" * 31 + "01")],
    ids=["sum", "product", "pairing"],
)
def test_curve_that_is_loaded_by_need_computes(rpc: JsonRpc, function: int, points: list[int], result: str) -> None:
    data = b"".join(point.to_bytes(32) for point in points)
    assert rpc.eth_call(to=f"0x{function:040x}", data=data).hex().startswith(result)


def test_an_empty_block_can_be_mined_for_confirmations(rpc: JsonRpc) -> None:
    before = rpc.block_number()

    rpc.call("evm_mine")

    assert rpc.block_number() == before + 1


def test_chain_with_a_pace_goes_on_while_it_is_looked_at() -> None:
    node = EvmNode.start(block_seconds=0.05)
    paced = JsonRpc(node.url)
    before = paced.block_number()
    time.sleep(0.06)
    after = paced.block(paced.block_number())
    assert after is not None
    assert after.number == before + 1
    paced.close()
    node.stop()


def test_a_transaction_that_reverts_is_mined_as_failed(rpc: JsonRpc, funder: Sender, contract: str) -> None:
    funder.send(contract, collection.mint_call(ANNA, 1, "ipfs://1"))

    receipt = funder.send(contract, collection.mint_call(ANNA, 1, "ipfs://1"))

    assert not receipt.succeeded
    assert rpc.nonce(funder.signer.address) == len_of_chain(funder)


def test_a_transaction_ahead_of_its_nonce_waits_for_the_one_before(rpc: JsonRpc, funder: Sender) -> None:
    now, next_one = funder.signed(ANNA, gas=21_000), funder.signed(ANNA, gas=21_000, ahead=1)

    assert rpc.send_raw(next_one.raw) == next_one.hash
    waiting = rpc.transaction(next_one.hash)
    assert waiting is not None
    assert waiting.block_number is None
    assert rpc.receipt(next_one.hash) is None

    rpc.send_raw(now.raw)
    mined = [rpc.transaction(signed.hash) for signed in (now, next_one)]
    assert [transaction.block_number for transaction in mined if transaction] == [
        rpc.block_number() - 1,
        rpc.block_number(),
    ]


def test_a_waiting_transaction_is_known_and_replaced_only_by_a_higher_bid(rpc: JsonRpc, funder: Sender) -> None:
    waiting = funder.signed(ANNA, gas=21_000, ahead=5, max_fee=10 * GWEI)
    rpc.send_raw(waiting.raw)

    with pytest.raises(AlreadyKnown):
        rpc.send_raw(waiting.raw)
    with pytest.raises(Underpriced):
        rpc.send_raw(funder.signed(ANNA, gas=21_000, ahead=5, max_fee=20 * GWEI).raw)


def test_a_mined_transaction_sent_again_has_too_low_a_nonce(rpc: JsonRpc, funder: Sender) -> None:
    funder.send(ANNA, value=1, gas=21_000)

    with pytest.raises(NonceTooLow):
        rpc.send_raw(funder.sent[-1].raw)


def test_a_fee_under_the_base_fee_is_refused(rpc: JsonRpc, funder: Sender) -> None:
    with pytest.raises(Underpriced):
        rpc.send_raw(funder.signed(ANNA, gas=21_000, max_fee=1).raw)


def test_a_signer_without_money_is_refused(rpc: JsonRpc) -> None:
    poor = Sender(rpc, KeySigner("0x" + "77" * 32))

    with pytest.raises(InsufficientFunds):
        rpc.send_raw(poor.signed(ANNA, gas=21_000).raw)


def test_too_little_gas_is_refused(rpc: JsonRpc, funder: Sender) -> None:
    with pytest.raises(RpcRefused, match="intrinsic gas"):
        rpc.send_raw(funder.signed(ANNA, gas=20_999).raw)


def test_a_refused_transaction_leaves_the_nonce_free(rpc: JsonRpc, funder: Sender) -> None:
    with pytest.raises(RpcRefused):
        rpc.send_raw(funder.signed(ANNA, gas=20_999).raw)

    assert funder.send(ANNA, value=1, gas=21_000).succeeded


@pytest.mark.parametrize("raw", ["0x", "0x02", "0x1234", "zz", "0x02c0"])
def test_bytes_that_are_no_transaction_are_refused(rpc: JsonRpc, raw: str) -> None:
    with pytest.raises(RpcRefused):
        rpc.send_raw(raw)


def test_a_revert_has_code_3_and_the_data_of_the_contract(node: EvmNode, contract: str) -> None:
    call = {"to": contract, "data": "0x6352211e" + f"{404:064x}"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}

    status, answer = post(node, json.dumps(body))

    assert status == 200
    assert answer["error"] == {
        "code": 3,
        "message": "execution reverted",
        "data": "0x7e273289" + f"{404:064x}",
    }


def test_a_call_takes_the_fields_that_clients_send_besides(rpc: JsonRpc, funder: Sender, contract: str) -> None:
    call = {
        "from": funder.signer.address,
        "to": contract,
        "input": "0x" + collection.mint_call(ANNA, 77, "ipfs://77").hex(),
        "type": "0x2",
        "chainId": hex(rpc.chain_id()),
        "maxFeePerGas": hex(3 * GWEI),
        "maxPriorityFeePerGas": hex(GWEI),
        "accessList": [],
    }

    estimate = int(rpc.call("eth_estimateGas", call), 16)

    receipt = funder.send(contract, collection.mint_call(ANNA, 77, "ipfs://77"), gas=estimate)
    assert receipt.succeeded


def test_an_estimate_suffices_and_is_close(rpc: JsonRpc, funder: Sender, contract: str) -> None:
    for data in (collection.mint_call(ANNA, 78, "ipfs://78"), collection.mint_call(ANNA, 79, "ipfs://" + "x" * 500)):
        estimate = rpc.estimate_gas(sender=funder.signer.address, to=contract, data=data)
        receipt = funder.send(contract, data, gas=estimate)
        assert receipt.succeeded
        assert receipt.gas_used <= estimate <= 1.2 * receipt.gas_used
    assert rpc.estimate_gas(sender=funder.signer.address, to=ANNA, data=b"") == 21_000


def test_a_revert_is_told_from_its_estimate(rpc: JsonRpc, contract: str) -> None:
    with pytest.raises(Reverted) as caught:
        rpc.estimate_gas(sender=ANNA, to=contract, data=collection.mint_call(ANNA, 1_000, "ipfs://x"))

    assert collection.custom_error(caught.value.data) == "AccessControlUnauthorizedAccount"


def test_the_fee_history_ends_with_the_base_fee_of_the_next_block(rpc: JsonRpc, funder: Sender) -> None:
    funder.send(ANNA, value=1, gas=21_000)
    history = rpc.call("eth_feeHistory", "0x2", "latest", [10, 90])
    announced = int(history["baseFeePerGas"][-1], 16)

    mined = rpc.block(funder.send(ANNA, value=1, gas=21_000).block_number)

    assert mined is not None
    assert mined.base_fee == announced
    assert len(history["baseFeePerGas"]) == len(history["gasUsedRatio"]) + 1 == 3
    assert history["reward"][-1] == [hex(GWEI), hex(GWEI)]
    assert rpc.fees().priority_fee == GWEI


def test_events_are_found_by_contract_topic_and_block(rpc: JsonRpc, funder: Sender) -> None:
    contract, other = funder.deploy(), funder.deploy()
    mint = funder.send(contract, collection.mint_batch_call([(ANNA, 1, "ipfs://1"), (ANNA, 2, "ipfs://2")]))
    funder.send(other, collection.mint_call(ANNA, 1, "ipfs://1"))
    transfer = mint.logs[0].topics[0]

    def count(*topics: Any, **blocks: int) -> int:
        return len(rpc.logs(contract, topics, **blocks))

    assert count([transfer]) == 2
    assert count(transfer, NOBODY, None, f"0x{2:064x}") == 1
    assert count(transfer, NOBODY, None, [f"0x{1:064x}", f"0x{2:064x}"]) == 2
    assert count(transfer, f"0x{1:064x}") == 0
    assert count(None, NOBODY, from_block=mint.block_number) == 2
    assert count(transfer, from_block=mint.block_number + 1) == 0
    assert count(transfer, to_block=mint.block_number - 1) == 0
    by_hash = rpc.call("eth_getLogs", {"address": [contract, other], "blockHash": mint.block_hash})
    assert len(by_hash) == len(mint.logs)


def test_a_block_can_be_read_with_its_transactions(rpc: JsonRpc, funder: Sender) -> None:
    funder.deploy()

    block = rpc.call("eth_getBlockByNumber", "latest", True)

    assert [(mined["hash"], mined["to"]) for mined in block["transactions"]] == [(funder.sent[-1].hash, None)]
    assert rpc.call("eth_getBlockByHash", block["hash"], True) == block


def test_unknown_things_are_null(rpc: JsonRpc) -> None:
    assert rpc.receipt(NOBODY) is None
    assert rpc.transaction(NOBODY) is None
    assert rpc.block(10**6) is None


def test_a_batch_is_answered_call_by_call(node: EvmNode) -> None:
    batch = [
        {"jsonrpc": "2.0", "id": "a", "method": "eth_chainId"},
        {"jsonrpc": "2.0", "id": 2, "method": "eth_nonsense", "params": []},
        {"jsonrpc": "2.0", "id": 3, "method": "eth_getBalance", "params": [node.funder_address]},
        7,
    ]

    status, answers = post(node, json.dumps(batch))

    assert status == 200
    assert [answer["id"] for answer in answers] == ["a", 2, 3, None]
    assert answers[0]["result"] == hex(node.chain_id)
    assert answers[1]["error"]["code"] == -32601
    assert int(answers[2]["result"], 16) > 0
    assert answers[3]["error"]["code"] == -32600


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", -32700),
        ("[]", -32600),
        ('{"id": 1}', -32600),
        ('{"id": 1, "method": "eth_call", "params": {}}', -32600),
        ('{"id": 1, "method": "eth_call", "params": []}', -32602),
        ('{"id": 1, "method": "eth_getLogs", "params": [{"fromBlock": "soon"}, 1, 2]}', -32602),
        ('{"id": 1, "method": "eth_getBalance", "params": ["0x12"]}', -32602),
    ],
)
def test_a_bad_request_is_an_error_object_under_status_200(node: EvmNode, body: str, code: int) -> None:
    status, answer = post(node, body)

    assert (status, answer["error"]["code"]) == (200, code)


def test_many_clients_at_once_are_all_answered(node: EvmNode) -> None:
    start = threading.Barrier(100)

    def ask() -> int:
        start.wait(timeout=120)
        client = JsonRpc(node.url)
        number = client.chain_id()
        client.close()
        return number

    with ThreadPoolExecutor(max_workers=100) as pool:
        answers = [answer.result() for answer in [pool.submit(ask) for _ in range(100)]]

    assert answers == [node.chain_id] * 100


def test_a_stopped_node_answers_nobody_not_even_on_an_open_connection() -> None:
    node = EvmNode.start()
    rpc = JsonRpc(node.url, timeout_seconds=2)
    rpc.block_number()

    node.stop()

    with pytest.raises(NodeUnreachable):
        rpc.block_number()


def test_a_node_takes_the_port_it_is_given_again_after_a_stop() -> None:
    first = EvmNode.start()
    port = urlsplit(first.url).port
    assert port is not None
    first.stop()

    second = EvmNode.start(port)

    assert second.url == first.url
    assert JsonRpc(second.url).block_number() == 0
    second.stop()


def len_of_chain(funder: Sender) -> int:
    """How many transactions of the funder the chain holds, counted in its blocks."""
    blocks = [
        funder.rpc.call("eth_getBlockByNumber", hex(number), True) for number in range(1, funder.rpc.block_number() + 1)
    ]
    return sum(
        transaction["from"] == funder.signer.address for block in blocks for transaction in block["transactions"]
    )


def _mined_block(rpc: JsonRpc, transaction_hash: str) -> int:
    receipt = rpc.receipt(transaction_hash)
    assert receipt is not None
    return receipt.block_number
