"""Faults of a node, each a way to meddle with the calls of a proxy before it, and the moments at which they begin."""

import time
from collections.abc import Callable
from typing import Any

from tests.chain.proxy import Meddling, Proxy, answer_of, refusal, result

Answer = tuple[int, bytes] | None
SLOW_SECONDS = 1.3  # more than the worlds of these tests wait for an answer

MOMENTS = {
    "estimate": "eth_estimateGas",
    "broadcast": "eth_sendRawTransaction",
    "receipt": "eth_getTransactionReceipt",
}


def from_moment(method: str, fault: Callable[[], Meddling]) -> Meddling:
    """Hands everything on until `method` is called; from then on, that call included, the fault answers."""
    begun: list[Meddling] = []

    def meddle(called: str, params: list[Any]) -> Answer:
        if called == method and not begun:
            begun.append(fault())
        return begun[0](called, params) if begun else None

    return meddle


def dead(proxy: Proxy) -> Meddling:
    """Nobody listens any more."""

    def meddle(method: str, params: list[Any]) -> Answer:
        del params
        proxy.kill()
        raise ConnectionAbortedError(method)

    return meddle


def slow(proxy: Proxy) -> Meddling:
    """Every answer comes after the caller has gone."""
    del proxy

    def meddle(method: str, params: list[Any]) -> Answer:
        del method, params
        time.sleep(SLOW_SECONDS)
        return None

    return meddle


def over_quota(proxy: Proxy) -> Meddling:
    """The provider's quota is used up."""
    del proxy
    return lambda method, params: (429, b"slow down")  # noqa: ARG005


def says_nothing(proxy: Proxy) -> Meddling:
    """Every result is null: of what a node must know, no answer."""
    del proxy
    return lambda method, params: result(None)  # noqa: ARG005


def talks_nonsense(proxy: Proxy) -> Meddling:
    """Every result is there and of a form that no method has."""
    del proxy
    return lambda method, params: result({"number": "0xzz", "transactionHash": 7})  # noqa: ARG005


def lagging(proxy: Proxy) -> Meddling:
    """The node follows its chain no further; it takes transactions, and hands them to nobody."""
    head = int(proxy.ask("eth_blockNumber", []), 16)

    def meddle(method: str, params: list[Any]) -> Answer:
        if method == "eth_blockNumber":
            return result(hex(head))
        if method == "eth_sendRawTransaction":
            return result("0x" + "00" * 32)
        if method == "eth_getTransactionReceipt":
            found = proxy.ask(method, params)
            return result(found if found is not None and int(found["blockNumber"], 16) <= head else None)
        if method == "eth_getLogs":
            query = {**params[0], "toBlock": hex(head)}
            is_beyond = str(query["fromBlock"]).startswith("0x") and int(query["fromBlock"], 16) > head
            return result([] if is_beyond else proxy.ask(method, [query]))
        if method == "eth_getBlockByNumber":
            is_beyond = params[0].startswith("0x") and int(params[0], 16) > head
            return result(None if is_beyond else proxy.ask(method, [_at(params[0], head), *params[1:]]))
        if params and params[-1] in ("latest", "pending"):
            return result(proxy.ask(method, [*params[:-1], hex(head)]))
        return None

    return meddle


def forgets(proxy: Proxy) -> Meddling:
    """The node keeps events of its newest two blocks alone (EIP-4444)."""

    def meddle(method: str, params: list[Any]) -> Answer:
        if method != "eth_getLogs":
            return None
        kept_from = int(proxy.ask("eth_blockNumber", []), 16) - 1
        return refusal("pruned history unavailable", 4444) if int(params[0]["fromBlock"], 16) < kept_from else None

    return meddle


def hides_receipts(proxy: Proxy) -> Meddling:
    """The node knows every block, and no receipt."""
    del proxy
    return lambda method, params: result(None) if method == "eth_getTransactionReceipt" else None  # noqa: ARG005


def forges_receipts(proxy: Proxy) -> Meddling:
    """The node says of every transaction that it was reverted, whether it is mined or not."""

    def meddle(method: str, params: list[Any]) -> Answer:
        if method != "eth_getTransactionReceipt":
            return None
        block = proxy.ask("eth_getBlockByNumber", ["latest", False])
        receipt = proxy.ask(method, params) or {
            "transactionHash": params[0],
            "blockNumber": block["number"],
            "blockHash": block["hash"],
            "gasUsed": "0x5208",
            "effectiveGasPrice": "0x1",
            "contractAddress": None,
        }
        return result({**receipt, "status": "0x0", "logs": []})

    return meddle


def forked(proxy: Proxy, other_chain: str) -> Meddling:
    """The node follows another chain of the same id."""
    del proxy

    def meddle(method: str, params: list[Any]) -> Answer:
        return answer_of(other_chain, method, params)

    return meddle


def _at(tag: str, head: int) -> str:
    return tag if tag.startswith("0x") else hex(head)
