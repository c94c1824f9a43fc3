"""What the chain context shows to everybody: documents, pinned where an IPFS node is named, and local transactions."""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from chalicelib.chain.service.documents import read_document, store_document
from chalicelib.core.settings import settings
from tests.chain.world import document_of
from tests.platform import Partner, Platform


class _Kubo(BaseHTTPRequestHandler):
    """Takes files as Kubo's `add` does; the answer is what the test says."""

    asked: list[tuple[str, bytes]]
    hashes: list[str]

    def do_POST(self) -> None:
        self.asked.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        body = b"\n".join(json.dumps({"Name": "", "Hash": each}).encode() for each in self.hashes)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def test_document_is_pinned_under_its_address_and_kept_where_the_ipfs_node_is_down(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    del platform
    document = document_of("77")
    cid = store_document(document)
    _Kubo.asked, _Kubo.hashes = [], [cid]
    server = HTTPServer(("127.0.0.1", 0), _Kubo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    monkeypatch.setenv("SPACEGARDEN_IPFS_API", f"http://127.0.0.1:{server.server_address[1]}")
    settings.cache_clear()
    try:
        assert store_document(document) == cid
        [(path, body)] = _Kubo.asked
        assert "wrap-with-directory=true" in path
        assert b'filename="metadata.json"' in body
        assert document in body
        assert not caplog.records
        _Kubo.hashes = ["bafyother"]
        store_document(document)
        assert [record.message for record in caplog.records] == ["document pinned under another address"]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert store_document(document) == cid
    assert caplog.records[-1].message == "document not pinned"
    assert read_document(cid) == document
    monkeypatch.delenv("SPACEGARDEN_IPFS_API")
    settings.cache_clear()


def test_ipfs_node_that_hangs_is_waited_for_once(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    del platform
    monkeypatch.setattr("chalicelib.chain.service.documents._PIN_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # the system takes connections, and nobody answers
        monkeypatch.setenv("SPACEGARDEN_IPFS_API", f"http://127.0.0.1:{hanging.getsockname()[1]}")
        settings.cache_clear()
        cids = [store_document(document_of(str(number))) for number in range(900, 950)]
        hanging.setblocking(False)
        hanging.accept()[0].close()
        with pytest.raises(BlockingIOError):
            hanging.accept()
    assert all(read_document(cid) for cid in cids)
    monkeypatch.delenv("SPACEGARDEN_IPFS_API")
    settings.cache_clear()


def test_transaction_url_of_the_local_chain_shows_the_transaction(platform: Platform, partner: Partner) -> None:
    partner.announce()
    partner.mint()
    platform.drain()
    [row] = partner.transactions("1")
    assert row["transactionUrl"].endswith(f"/tx/{row['txHash']}")
    page = platform.call("GET", f"/tx/{row['txHash']}")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert ">Succeeded</span>" in page.json
    assert row["txHash"] in page.json


@pytest.mark.parametrize("wrong", ["0x" + "0" * 64, "0x12", "%3Cscript%3E"], ids=["unknown", "short", "markup"])
def test_what_is_no_transaction_is_not_found(platform: Platform, wrong: str) -> None:
    assert platform.call("GET", f"/tx/{wrong}").status == 404
