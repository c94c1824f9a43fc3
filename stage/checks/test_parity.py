"""The same requests to the stage and a local run get the same answers, except for the guide's differences.

The requests write nothing, and their answers name nothing that only one side has, so that they can be compared word by
word: every documented path without a credential, by other methods, with HEAD and OPTIONS, and odd encodings.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stage.checks.answers import Asked, answer_of, ask
from stage.checks.conftest import DeployedStage, Site
from stage.checks.differences import DIFFERENCES, Difference, unexplained
from stage.gateway.api import Api, Limits, read_api
from stage.gateway.server import Gateway, serve
from stage.network import listen, serving

pytestmark = pytest.mark.long
_ADDRESSES = ("/users/1", "/missions/x/a@example.com/1", "/api/v1/customers", "/webhooks/endpoints", "/health")
_UNREADABLE = (b'{"name": "\xff"}', b"[" * 100_000, b"{", b'{"a": NaN}', b"")
_ENDS = ("/", "//", "?a=%2F&b=%25&c=+&d=%20", "%2F", "%25", "%252F", "%20", "+", "/%C3%BC", "%C3%BC")
_JSON = (("Content-Type", "application/json"),)
_MEGABYTE = 1024 * 1024

ServeApi = Callable[..., str]


@pytest.fixture
def serve_api(stage: DeployedStage) -> Iterator[ServeApi]:
    """Serves the stage's API once more, as it is or changed, by a gateway that may decode; gives the address."""
    host = stage.about.outputs["EndpointURL"].split("/")[2]
    context = serving(Path(stage.folder) / f"{host}.pem")
    deployed = read_api(stage.session, stage.about.stack)
    with ExitStack() as served:

        def serve_one(change: Callable[[Api], Api] = lambda api: api, *, decoded: bool = False) -> str:
            listening = listen("127.0.0.1", 0)
            port = listening.getsockname()[1]
            gateway = Gateway(stage.session, change(deployed), decoded=decoded)
            server = serve(listening, context, gateway.answer)
            served.callback(server.server_close)
            served.callback(server.shutdown)
            return f"https://localhost:{port}/{deployed.stage}"

        yield serve_one


def _requests(reference: dict[str, dict[str, dict[str, object]]]) -> list[Asked]:
    asked: list[Asked] = []
    for path, item in reference["paths"].items():
        filled = re.sub(r"\{[^}]+\}", "1", path)
        methods = [method.upper() for method in item if method in ("get", "post", "put", "patch", "delete")]
        for method in methods:
            asked.append(Asked(method, filled, b"{}" if method != "GET" else None, _JSON))
        asked += [Asked("HEAD", filled), Asked("OPTIONS", filled)]
        other = next(method for method in ("DELETE", "PATCH", "PUT", "POST") if method not in methods)
        asked.append(Asked(other, filled, b"{}", _JSON))
    asked += [Asked("POST", path, body, _JSON) for path in ("/users", "/oauth/token") for body in _UNREADABLE]
    asked += [Asked("GET", f"{path}{end}") for path in _ADDRESSES for end in _ENDS]
    asked += [
        Asked("GET", path) for path in ("/missions/space%20x/a%2Bb@example.com/1", "/nft/0x1/1", "/i/none", "/users//1")
    ]
    return asked


@pytest.mark.parametrize("decoded", [False, True], ids=["raw", "decoded"])
def test_every_documented_path_is_answered_alike(local_run: Site, serve_api: ServeApi, decoded: bool) -> None:
    address = serve_api(decoded=decoded)
    asked = _requests(local_run.call("GET", "/openapi.json").json())
    found = [_difference(local_run.address, address, each) for each in asked]
    differences = [each for each in found if each is not None]
    assert not differences, f"{len(differences)} of {len(asked)} differ:\n" + "\n".join(differences[:60])


def _difference(local: str, stage: str, asked: Asked, shown: set[Difference] | None = None) -> str | None:
    return unexplained(
        asked, answer_of(ask(local, asked)), answer_of(ask(stage, asked)), set() if shown is None else shown
    )


def test_each_row_of_the_guides_table_is_shown(stage: DeployedStage, local_run: Site, serve_api: ServeApi) -> None:
    worker = f"{stage.about.stack}-measure-queues"

    def of_a_worker(api: Api) -> Api:
        return api._replace(resources={path: dict.fromkeys(at, worker) for path, at in api.resources.items()})

    plain = serve_api()
    health, page = Asked("GET", "/health"), Asked("GET", "/docs", headers=(("Accept-Encoding", "gzip"),))
    as_operator = (("Authorization", f"Bearer {stage.admin_key}"),)
    shown: set[Difference] = set()
    for address, asked in (
        (plain, Asked("GET", "/api/v1/customers")),
        (plain, page),
        (plain, Asked("GET", "/admin/chain/rpc", headers=as_operator)),
        (plain, Asked("POST", "/webhooks/endpoints", b" " * (5 * _MEGABYTE), _JSON)),
        (plain, Asked("POST", "/webhooks/endpoints", b" " * (7 * _MEGABYTE), _JSON)),
        (plain, Asked("POST", "/webhooks/endpoints", b" " * (10 * _MEGABYTE + 1), _JSON)),
        (serve_api(lambda api: api._replace(limits=Limits(burst=0))), health),
        (serve_api(lambda api: api._replace(limits=Limits(answer_seconds=0.001))), health),
        (serve_api(of_a_worker), health),
    ):
        assert _difference(local_run.address, address, asked, shown) is None
    assert [row.request for row in DIFFERENCES if row not in shown] == []
