"""A node that meddles at random: each call may be dropped, delayed, doubled, held back, refused, or answered falsely.

Everything is drawn from one seed. What is drawn depends on the order of calls, which is that of one worker.
"""

import time
from collections import Counter
from random import Random
from typing import Any, Final

from tests.chain.proxy import Proxy, refusal, result

PATIENCE_SECONDS: Final = 0.4
"""How long a worker of the campaign waits for an answer."""
_DELAY_SECONDS: Final = 0.6
_SEND, _RECEIPT, _HEAD, _NONCE = (
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
    "eth_blockNumber",
    "eth_getTransactionCount",
)
_KINDS: Final = ("drop", "lose answer", "delay", "double", "hold back", "quota", "broken", "nonsense", "busy", "lie")
_WEIGHTS: Final = (5, 5, 1, 3, 3, 4, 2, 3, 3, 6)
_NONSENSE: Final[tuple[Any, ...]] = ({}, 7, "0xzz", ["0x1"])

Answer = tuple[int, bytes] | None


class Trouble:
    """Meddles with a proxy's calls while `rate` is above 0; `done` counts what it did by kind.

    `forges` lets it say that a transaction was reverted, which only another node can deny.
    """

    def __init__(self, proxy: Proxy, random: Random, *, forges: bool) -> None:
        self.rate = 0.0
        self._forges = forges
        self.done: Counter[str] = Counter()
        self._proxy, self._random = proxy, random
        self._held: list[str] = []
        proxy.meddle = self._meddle

    def end(self) -> None:
        """The node is honest from now on; what it had held back, it lets go."""
        self.rate = 0.0
        self._let_go()

    def _meddle(self, method: str, params: list[Any]) -> Answer:
        if self._random.random() >= self.rate:
            return None
        [kind] = self._random.choices(_KINDS, _WEIGHTS)
        answer = self._do(kind, method, params)
        if self._held and self._random.random() < 0.3:
            self._let_go()
        return answer

    def _do(self, kind: str, method: str, params: list[Any]) -> Answer:
        if kind == "lie":
            return self._lie(method, params)
        if kind in ("double", "hold back") and method != _SEND:
            return None
        self.done[kind] += 1
        if kind == "hold back":
            self._held.insert(0, params[0])  # the later one goes first
            return result("0x" + "00" * 32)
        if kind == "quota":
            return 429, b"slow down"
        if kind == "broken":
            return 200, b"<html>"
        if kind == "nonsense":
            return result(self._random.choice(_NONSENSE))
        if kind == "busy":
            return refusal("the pool is full, try again")
        if kind == "delay":
            time.sleep(_DELAY_SECONDS)
            return None
        if kind == "double":
            self._proxy.ask(method, params)
            return None
        if kind == "lose answer":
            self._proxy.ask(method, params)
        raise ConnectionAbortedError(kind)

    def _lie(self, method: str, params: list[Any]) -> Answer:
        if method == _RECEIPT:
            if self._forges and self._random.random() < 0.5:
                self.done["receipt forged"] += 1
                return result(self._reverted(params))
            self.done["receipt hidden"] += 1
            return result(None)
        if method == _HEAD:
            self.done["head behind"] += 1
            return result(hex(max(int(self._proxy.ask(method, params), 16) - self._random.randint(1, 3), 0)))
        if method == _NONCE and params[1] == "latest":
            self.done["nonce behind"] += 1
            return result(hex(max(int(self._proxy.ask(method, params), 16) - 1, 0)))
        return None

    def _reverted(self, params: list[Any]) -> Any:
        found = self._proxy.ask(_RECEIPT, params)
        return None if found is None else {**found, "status": "0x0", "logs": []}

    def _let_go(self) -> None:
        for raw in self._held:
            self._proxy.ask(_SEND, [raw])
        self._held = []
