"""A receiver of webhooks in a process of its own, so that what it does costs the worker nothing.

`/instant` answers at once, `/later` after 200 ms, `/hang` never; `GET /receipts` tells what came since the last one:
`[[webhook-id, path, moment], …]`, the moment in seconds of the machine's monotonic clock, which all processes share.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from urllib.request import urlopen

LATER_SECONDS = 0.2
_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@dataclass(frozen=True)
class Receipt:
    """A webhook that arrived."""

    webhook_id: str
    path: str
    moment: float


@dataclass(frozen=True)
class Receiver:
    """The running receiver, by its base URL."""

    url: str

    def receipts(self) -> list[Receipt]:
        """What has arrived since the last call."""
        with urlopen(f"{self.url}/receipts", timeout=10) as answer:
            return [Receipt(*each) for each in json.load(answer)]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Runs a receiver on a free loopback port."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Receiver(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


class _Talk(asyncio.Protocol):
    """One connection, with its requests one after another."""

    def __init__(self, receipts: list[Receipt]) -> None:
        self._receipts = receipts
        self._unread = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, found, rest = self._unread.partition(b"\r\n\r\n")
        if not found:
            return
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(rest) >= length:
            self._unread = rest[length:]
            self._answer(request_line.split(" ")[1], headers)

    def _answer(self, path: str, headers: dict[str, str]) -> None:
        if path == "/receipts":
            body = json.dumps([[each.webhook_id, each.path, each.moment] for each in self._receipts]).encode()
            self._receipts.clear()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        self._receipts.append(Receipt(headers.get("webhook-id", ""), path, monotonic()))
        if path == "/instant":
            self._transport.write(_NO_CONTENT)
        elif path == "/later":
            asyncio.get_running_loop().call_later(LATER_SECONDS, self._transport.write, _NO_CONTENT)


async def _serve() -> None:
    receipts: list[Receipt] = []
    server = await asyncio.get_running_loop().create_server(lambda: _Talk(receipts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
