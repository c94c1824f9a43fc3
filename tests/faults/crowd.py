"""Many calls at once.

Chalice's test client shares one `current_request` between threads; the local gateway keeps one for each.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from secrets import token_hex
from threading import Barrier
from typing import Any, TypeVar

from chalicelib.chain.addresses import checksum_address
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.repository import collections
from local.server import DevServer
from tests.platform import Answer, Partner, Platform, request_of

T = TypeVar("T")
_START_SECONDS = 300
_REFUSED = 400


class SharedPlatform(Platform):
    """The same platform, called through the local gateway: safe to share between threads."""

    def __init__(self, platform: Platform) -> None:
        self.app = platform.app
        self.client = platform.client
        self.pump = platform.pump
        server = DevServer(platform.app, None, "127.0.0.1", 0).server  # which keeps requests of threads apart
        server.server_close()
        self._gateway = server.gateway
        self._may_refuse = True

    @contextmanager
    def refusing_nothing(self) -> Iterator[None]:
        """Within the block every refusal fails: a world of which a part is missing would show nothing of it."""
        self._may_refuse = False
        try:
            yield
        finally:
            self._may_refuse = True

    def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request."""
        address, sent, raw = request_of(path, key=key, body=body, query=query, headers=headers)
        answer = self._gateway.handle(method, address, list(sent.items()), raw, source_ip="127.0.0.1")
        received = {name.lower(): value for name, value in answer.headers}
        text = answer.body.decode()
        told = Answer(answer.status, json.loads(text) if "json" in received["content-type"] else text, received)
        assert self._may_refuse or told.status < _REFUSED, (method, path, told)
        return told

    def partner_on_paper(self) -> Partner:
        """A partner whose collection names a contract that nobody deployed: for what never reaches the chain."""
        partner = self.new_partner(collection=False)
        transaction = Transaction()
        collections.add_collection(
            transaction,
            partner.origin,
            contract_id="summer_party",
            contract=checksum_address(f"0x{token_hex(20)}"),
            chain="local",
            name="Summer Party",
            symbol="PARTY",
            level_thresholds=None,
            first_token_id=collections.FIRST_TOKEN_ID,
        )
        transaction.commit()
        partner.add_category("summer_party", "VIP")
        return partner


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What the calls give, each made in a thread of its own, all let go at the same moment."""
    start = Barrier(len(calls))

    def made(call: Callable[[], T]) -> T:
        start.wait(_START_SECONDS)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(made, calls))
