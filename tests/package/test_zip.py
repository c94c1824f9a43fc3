"""The zip: small, the same each time, and all that a function needs, run under Lambda's own runtime client."""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from chalicelib.core.settings import settings
from infra.lambda_runtime import Function
from infra.roles import permissions
from infra.roles.allowed import allowed
from infra.zip import archive, trimming
from infra.zip.dependencies import HERE
from tests.oauth.flows import register
from tests.package.gateway_events import request
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

# What an older Python compiles is larger: it keeps the indentation of docstrings.
_MOST_BYTES = 12_000_000 if sys.version_info >= (3, 13) else 12_300_000
_MOST_BYTES_UNPACKED = 40_000_000
_MOST_MEMORY_MIB = 80


@pytest.fixture(scope="module")
def api(task: Path, variables: dict[str, str]) -> Iterator[Function]:
    """The packed API."""
    with Function(task, "app.app", variables) as function:
        yield function


def test_the_same_sources_give_the_same_bytes(code: Path, tmp_path: Path) -> None:
    again = archive.build(tmp_path / "again.zip", machine=HERE)
    assert again.read_bytes() == code.read_bytes()


def test_it_holds_the_app_and_nothing_of_a_developers_machine(code: Path) -> None:
    with zipfile.ZipFile(code) as packed:
        names = packed.namelist()
        times = {entry.date_time for entry in packed.infolist()}
    assert names == sorted(names)
    assert times == {(1980, 1, 1, 0, 0, 0)}
    tops = {name.split("/")[0] for name in names}
    assert {"app.py", "chalicelib", "chalice", "botocore", "pynamodb", "pydantic"} <= tops
    shared = "chalicelib/core/html"
    assert {f"{shared}/templates/base.html", f"{shared}/static/style.css"} <= set(names)
    assert not tops & {"local", "tests", "bench", "cli", "infra", "boto3", "moto", "click", "pip", "setuptools"}
    assert not [name for name in names if "/tests/" in name or name.endswith((".pyi", ".c"))]
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
    assert services == permissions.services()


def test_every_module_is_compiled_and_its_source_never_looked_at(code: Path) -> None:
    with zipfile.ZipFile(code) as packed:
        names = set(packed.namelist())
        compiled = [name for name in names if name.endswith(".pyc")]
        sources = [name for name in names if name.endswith(".py")]
        flags = {packed.read(name)[4:8] for name in compiled}
    assert len(compiled) == len(sources) > 300
    assert flags == {(0b01).to_bytes(4, "little")}, "hash-based, and unchecked"


def test_it_is_within_its_size(code: Path) -> None:
    assert code.stat().st_size <= _MOST_BYTES
    with zipfile.ZipFile(code) as packed:
        assert sum(entry.file_size for entry in packed.infolist()) <= _MOST_BYTES_UNPACKED


# What a call of a surface needs to succeed: route, what stands for its variables, query. `{origin}` is the partner's.
# Of a surface that is not here the first page without variables is asked.
_CALLS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "gardenlab": ("/api/v1/getAllInteractions", {}, {"contract_id": "summer_party", "origin": "{origin}"}),
    "admin": ("/admin/partners/{origin}", {"origin": "{origin}"}, {}),
    "spaces": ("/api/v1/account", {}, {}),
    "missions": ("/missions/{origin}/{subject}", {"origin": "{origin}", "subject": "{mission}"}, {}),
    "oauth": ("/oauth/jwks.json", {}, {}),
}


def test_it_answers_a_call_of_every_surface(api: Function, platform: Platform, partner: Partner) -> None:
    given = {"origin": partner.origin, "mission": str(Missions(partner).answer_for(activity="dreamspace:plain"))}
    keys = {"admin": settings().admin_key, "spaces": register(partner).own_token()}
    app = platform.app
    for surface in {app.surface_of(path) for path in app.routes}:
        pages = (path for path in app.routes if "{" not in path and "GET" in app.routes[path])
        page = next((path for path in pages if app.surface_of(path) is surface), "")
        route, captured, query = _CALLS.get(surface.name, (page, {}, {}))
        key = keys.get(surface.name, partner.key)
        # The header that each surface reads its key from.
        headers = {"Authorization": f"Bearer {key}", "X-API-KEY": key}
        filled = {name: text.format(**given) for name, text in captured.items()}
        asked = {name: text.format(**given) for name, text in query.items()}
        answer = api.invoke(request("GET", route, headers=headers, captured=filled, query=asked))
        assert 200 <= answer["statusCode"] < 400, (surface.name, answer)
    made = {"origin": f"{partner.origin}2", "display_name": "Second"}
    admin = {"Authorization": f"Bearer {settings().admin_key}"}
    assert api.invoke(request("POST", "/admin/partners", headers=admin, body=made))["statusCode"] == 200
    if sys.platform == "linux":
        assert api.peak_memory_mib <= _MOST_MEMORY_MIB


def test_an_access_token_is_checked_without_what_only_a_developers_machine_has(api: Function, partner: Partner) -> None:
    token = register(partner).own_token()
    for given, status in ((token, 200), (token[:-1], 403)):
        query = {"contract_id": "summer_party", "origin": partner.origin}
        headers = {"Authorization": f"Bearer {given}"}
        answer = api.invoke(request("GET", "/api/v1/getAllInteractions", headers=headers, query=query))
        assert answer["statusCode"] == status, answer


@pytest.mark.parametrize("region", ["eu-central-1", "us-gov-west-1", "cn-north-1"])
def test_packed_descriptions_lead_to_the_same_addresses(task: Path, region: str) -> None:
    """What is left out of botocore's data is what no address and no operation needs."""
    packed, published = botocore.session.Session(), botocore.session.Session()
    loader = Loader([str(task / "botocore" / "data")], include_default_search_paths=False)
    packed.register_component("data_loader", loader)
    for service in permissions.services():
        mine, theirs = (each.create_client(service, region_name=region).meta for each in (packed, published))
        assert mine.endpoint_url == theirs.endpoint_url
        assert _described(mine.service_model, service) == _described(theirs.service_model, service)


def _described(model: ServiceModel, service: str) -> dict[str, Any]:
    """What botocore knows of each operation that is called."""
    called = trimming.called_operations(permissions.services())[service]
    return {
        name: [_plain(model.operation_model(name).input_shape), _plain(model.operation_model(name).output_shape)]
        for name in called
    }


def _plain(shape: Shape | None, above: tuple[str, ...] = ()) -> Any:
    if shape is None or shape.name in above:  # DynamoDB's values hold values
        return shape and shape.name
    parts = getattr(shape, "members", {}) or {
        part: getattr(shape, part) for part in ("key", "value", "member") if hasattr(shape, part)
    }
    inner = {name: _plain(part, (*above, shape.name)) for name, part in parts.items()}
    return [shape.name, shape.type_name, shape.serialization, shape.metadata, inner]


def test_every_call_that_a_role_allows_is_described() -> None:
    """Some actions are no operations: those of a transaction's parts, and one that a key with tags takes."""
    called = trimming.called_operations(permissions.services())
    lacking = {
        (call.service, call.action)
        for call in allowed()
        if call.action in Loader().load_service_model(call.service, "service-2")["operations"]
        and call.action not in called[call.service]
    }
    assert lacking == {("kms", "TagResource")}
