"""The same requests to the stage and to a local run are answered alike, but for what the guide's table tells.

Requests that write nothing, and whose answers name nothing of one side alone, so that they can be compared word by
word: every documented path without a credential, by other methods, with HEAD and OPTIONS, and odd encodings.
"""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import pytest
import requests

from stage.checks.conftest import DeployedStage

pytestmark = pytest.mark.long
_ROOT = Path(__file__).resolve().parents[2]
# What each side makes anew for every answer, or alone knows: ids, times, its own address.
_OWN = (
    (re.compile(r"https?://[^/\s\"'<>]+(/api)?(?=[/\s\"'<>]|$)"), "ADDRESS"),
    # On a stage without a domain, addresses are beneath the gateway's stage.
    (re.compile(r"(?<=[\"'])/api/(?!v1/)"), "/"),
    (re.compile(r'(?<="stage":")(dev|staging)(?=")'), "STAGE"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{22,}"), "ID"),
)
# Headers that say something of the connection or the gateway rather than of the answer.
_OF_THE_GATEWAY = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
    | {"x-amzn-errortype", "x-amzn-requestid", "x-request-id", "vary"}
    # Only what is reached by TLS tells browsers to keep to it.
    | {"strict-transport-security"}
)
_REMAPPED = "x-amzn-remapped-"


_ADDRESSES = ("/users/1", "/missions/x/a@example.com/1", "/api/v1/customers", "/webhooks/endpoints", "/health")
_UNREADABLE = (b'{"name": "\xff"}', b"[" * 100_000, b"{", b'{"a": NaN}', b"")
_ENDS = ("/", "?a=%2F&b=%25&c=+&d=%20", "%2F", "%25", "%20", "/%C3%BC")


class Told(NamedTuple):
    """What a client is told, without what each side makes anew."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


class Asked(NamedTuple):
    """A request without a credential."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()


@pytest.fixture(scope="module")
def local_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a local run in the stage's network."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPACEGARDEN_"))}
    log = tmp_path_factory.mktemp("local") / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.run"],
            cwd=_ROOT,
            env={**kept, "PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = monotonic() + 120
        while f"ready http://127.0.0.1:{port}" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert monotonic() < deadline, "the local run did not start"
            sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _told(address: str, asked: Asked) -> Told:
    # Prepared by hand, since the library would put a path into its own form.
    prepared = requests.Request(asked.method, address, headers=dict(asked.headers), data=asked.body).prepare()
    prepared.url = f"{address}{asked.path}"
    with requests.Session() as session:
        session.verify = os.environ["REQUESTS_CA_BUNDLE"]
        answer = session.send(prepared, allow_redirects=False, timeout=60)
    headers = {
        name.lower().removeprefix(_REMAPPED): _plain(value)
        for name, value in answer.headers.items()
        if name.lower() not in _OF_THE_GATEWAY
    }
    return Told(answer.status_code, tuple(sorted(headers.items())), _plain(answer.text))


def _plain(text: str) -> str:
    for pattern, word in _OWN:
        text = pattern.sub(word, text)
    return text


def _requests(reference: dict[str, dict[str, dict[str, object]]]) -> list[Asked]:
    json_type = (("Content-Type", "application/json"),)
    asked: list[Asked] = []
    for path, item in reference["paths"].items():
        filled = re.sub(r"\{[^}]+\}", "1", path)
        methods = [method.upper() for method in item if method in ("get", "post", "put", "patch", "delete")]
        for method in methods:
            asked.append(Asked(method, filled, b"{}" if method != "GET" else None, json_type))
        asked += [Asked("HEAD", filled), Asked("OPTIONS", filled)]
        other = next(method for method in ("DELETE", "PATCH", "PUT", "POST") if method not in methods)
        asked.append(Asked(other, filled, b"{}", json_type))
    asked += [Asked("POST", path, body, json_type) for path in ("/users", "/oauth/token") for body in _UNREADABLE]
    asked += [Asked("GET", f"{path}{end}") for path in _ADDRESSES for end in _ENDS]
    asked += [Asked("GET", path) for path in ("/missions/space%20x/a%2Bb@example.com/1", "/nft/0x1/1", "/i/none")]
    return asked


def test_every_documented_path_is_answered_alike(stage: DeployedStage, local_run: str) -> None:
    reference = requests.get(f"{local_run}/openapi.json", timeout=60).json()
    differences = []
    asked = _requests(reference)
    for request in asked:
        here, there = _told(local_run, request), _told(stage.about.address, request)
        if here != there:
            differences.append(f"{request}\n  local {here}\n  stage {there}")
    assert not differences, f"{len(differences)} of {len(asked)} differ:\n" + "\n".join(differences[:60])
