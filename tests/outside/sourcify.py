"""Sourcify's API, version 2, written from its public description alone.

A submission that the description does not allow is refused as its server refuses it. A job compares nothing: it ends as
the test says.
"""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

_TIME = "2026-11-30T12:00:00Z"
_SUBMIT = re.compile(r"/v2/verify/(\d{1,20})/(0x[0-9a-fA-F]{40})")
_JOB = re.compile(r"/v2/verify/([0-9a-f-]{36})")
_CONTRACT = re.compile(r"/v2/contract/(\d{1,20})/(0x[0-9a-fA-F]{40})")
_COMPILER = re.compile(r"\d+\.\d+\.\d+\+commit\.[0-9a-f]{8}")
_INPUT_FIELDS = {"language", "sources", "settings"}


class Sourcify:
    """What a server was sent, and how its jobs end: with a match, with an error, or after so many looks."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.submissions: list[tuple[str, str, dict[str, Any]]] = []
        self.match: str | None = "exact_match"
        self.error: dict[str, str] | None = None
        self.pending_looks = 0
        self.verified: set[tuple[str, str]] = set()
        self.chains = {"31337"}
        self._jobs: dict[str, tuple[str, str]] = {}

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        """Status and JSON."""
        if method == "POST" and (found := _SUBMIT.fullmatch(path)):
            return self._submit(found[1], found[2], headers, body)
        if method == "GET" and (found := _JOB.fullmatch(path)) and found[1] in self._jobs:
            return self._look(found[1])
        if method == "GET" and (found := _CONTRACT.fullmatch(path)) and (found[1], found[2]) in self.verified:
            return 200, self._contract(found[1], found[2], self.match)
        return 404, _error("route_not_found", "Not found")

    def _submit(self, chain_id: str, address: str, headers: Any, body: bytes) -> tuple[int, Any]:
        if chain_id not in self.chains:
            return 404, _error("unsupported_chain", f"Chain {chain_id} not found")
        if (chain_id, address) in self.verified:
            return 409, _error("already_verified", f"Contract {address} on chain {chain_id} is already verified")
        given = json.loads(body)
        wrong = _fault_of(given)
        if headers["Content-Type"] != "application/json" or wrong is not None:
            return 400, _error("invalid_parameter", wrong or "The content type is not application/json")
        self.submissions.append((chain_id, address, given))
        job = str(uuid4())
        self._jobs[job] = (chain_id, address)
        return 202, {"verificationId": job}

    def _look(self, job: str) -> tuple[int, Any]:
        chain_id, address = self._jobs[job]
        begun = {"verificationId": job, "jobStartTime": _TIME}
        if self.pending_looks > 0:
            self.pending_looks -= 1
            return 200, {"isJobCompleted": False, **begun, "contract": self._contract(chain_id, address, None)}
        ended = {"isJobCompleted": True, **begun, "jobFinishTime": _TIME}
        if self.error is not None:
            return 200, {**ended, "error": self.error, "contract": self._contract(chain_id, address, None)}
        return 200, {**ended, "contract": self._contract(chain_id, address, self.match)}

    def _contract(self, chain_id: str, address: str, match: str | None) -> dict[str, Any]:
        matches = {"match": match, "creationMatch": match, "runtimeMatch": match}
        found = {"verifiedAt": _TIME, "matchId": "1"} if match else {}
        return {**matches, "chainId": chain_id, "address": address, **found}


def _fault_of(given: Any) -> str | None:
    """Why a submission is refused."""
    if not isinstance(given, dict) or not {"stdJsonInput", "compilerVersion", "contractIdentifier"} <= set(given):
        return "stdJsonInput, compilerVersion and contractIdentifier are required"
    compiled = given["stdJsonInput"]
    if not {"language", "sources"} <= set(compiled) <= _INPUT_FIELDS:
        return "Standard JSON input has other fields than language, sources and settings"
    if not all(isinstance(source.get("content"), str) and source["content"] for source in compiled["sources"].values()):
        return "Standard JSON input must contain a content field for each source."
    if not _COMPILER.fullmatch(given["compilerVersion"]):
        return "The compilerVersion is not one such as 0.8.7+commit.e28d00a7"
    path, colon, name = given["contractIdentifier"].rpartition(":")
    if not colon or path not in compiled["sources"] or f"contract {name} " not in compiled["sources"][path]["content"]:
        return "The contractIdentifier must consist of the file path and the contract name separated by a ':'."
    return None


def _error(code: str, message: str) -> dict[str, str]:
    return {"customCode": code, "message": message, "errorId": str(uuid4())}


@contextmanager
def running_sourcify() -> Iterator[Sourcify]:
    """A server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = fake.answer(self.command, self.path, self.headers, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake = Sourcify(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
