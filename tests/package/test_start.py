"""What a function loads when it starts: what it needs, and no more."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.cold_start import instructions
from bench.cold_start.apps import ONE_ROUTE, OURS, unpacked
from chalicelib.surfaces import AT_START, PARTS
from tests.package.gateway_events import request
from tests.platform import Platform

_MOST_MODULES = 113

_STARTED = """
import json, sys
from app import app
print(json.dumps({
    "modules": [name for name in sys.modules if name.startswith("chalicelib")],
    "paths": list(app.routes),
    "handlers": [source.name for source in app.event_sources],
    "surfaces": sorted({app.surface_of(path).name for path in app.routes}),
}))
"""
_IN_PARTS = """
import json
from chalicelib.core.http.application import Application
from chalicelib.surfaces import AT_START, PARTS
found = {}
for load in dict.fromkeys((*AT_START, *PARTS.values())):
    alone = Application("alone", at_start=[load])
    alone.load_at_start()
    found[load.__name__] = {path: alone.surface_of(path).name for path in alone.routes}
print(json.dumps(found))
"""
# What the first page of a process loads, and which templates it compiles.
_FIRST_PAGE = """
import json, sys
sys.path[:0] = [sys.argv[1]]
from app import app
started, compiled = set(sys.modules), []
sys.addaudithook(lambda event, given: compiled.append(given[1]) if event == "compile" else None)
answer = app(json.loads(sys.argv[2]), None)
print(json.dumps({
    "status": answer["statusCode"],
    "modules": sorted(name for name in set(sys.modules) - started if name.startswith("chalicelib")),
    "templates": sorted(str(name) for name in compiled if str(name).endswith(".html")),
}))
"""


def _run(script: str, **variables: str) -> Any:
    environment = {"PATH": os.environ["PATH"], "SPACEGARDEN_STAGE": "dev", "AWS_DEFAULT_REGION": "eu-central-1"}
    said = subprocess.run(
        [sys.executable, "-c", script], env={**environment, **variables}, capture_output=True, text=True, check=True
    )
    return json.loads(said.stdout)


def test_the_api_begins_with_gardenlab_alone() -> None:
    started = _run(_STARTED, _HANDLER="app.app")
    assert started["surfaces"] == ["gardenlab", "platform"]
    assert [
        name for name in started["modules"] if name.startswith(("chalicelib.pages.", "chalicelib.core.html."))
    ] == []
    assert [name for name in started["modules"] if name.endswith((".routes.admin", ".reference"))] == []
    assert started["handlers"] == []
    assert len(started["modules"]) <= _MOST_MODULES


@pytest.mark.skipif(not instructions.can_count(), reason="valgrind is not installed")
def test_the_api_starts_by_no_more_instructions_than_one_route_on_the_same_libraries(
    code: Path, tmp_path: Path
) -> None:
    tasks = unpacked(code, tmp_path, (OURS, ONE_ROUTE))
    counted = {name: instructions.count(task) for name, task in tasks.items()}
    assert counted[OURS] <= counted[ONE_ROUTE], counted


@pytest.mark.parametrize(
    ("path", "most_modules", "templates"),
    [
        ("/console/sign-in", 27, ["sign_in.html"]),
        ("/claim/sign-in", 27, ["sign_in.html"]),
        ("/", 19, ["home.html"]),
    ],
)
def test_a_first_page_loads_little_and_compiles_its_own_template_alone(
    task: Path, path: str, most_modules: int, templates: list[str]
) -> None:
    environment = {"SPACEGARDEN_STAGE": "dev", "AWS_DEFAULT_REGION": "eu-central-1", "_HANDLER": "app.app"}
    command = [sys.executable, "-s", "-S", "-B", "-c", _FIRST_PAGE, str(task), json.dumps(request("GET", path))]
    said = subprocess.run(command, cwd=task, env=environment, capture_output=True, text=True, check=True).stdout
    found = json.loads(said)
    assert found["status"] == 200
    assert [Path(name).name for name in found["templates"]] == templates
    assert len(found["modules"]) <= most_modules, found["modules"]


@pytest.mark.parametrize("name", ["deliver_webhooks", "work_chain_jobs", "sweep_webhooks"])
def test_a_worker_loads_no_routes(name: str) -> None:
    started = _run(_STARTED, _HANDLER=f"app.{name}")
    assert started["paths"] == []
    assert name in started["handlers"]
    assert [module for module in started["modules"] if ".routes" in module] == []


def _part_of(path: str) -> str:
    beginnings = [prefix for prefix in PARTS if f"{path}/".startswith(f"{prefix}/")]
    return PARTS[max(beginnings, key=len)].__name__


def test_every_path_is_in_the_part_that_is_loaded_for_it(platform: Platform) -> None:
    parts = _run(_IN_PARTS)
    assert sorted(path for paths in parts.values() for path in paths) == sorted(platform.app.routes)
    for load in AT_START:
        del parts[load.__name__]
    wrong = [path for part, paths in parts.items() for path in paths if _part_of(path) != part]
    assert wrong == []


def test_a_path_has_the_same_form_of_errors_whatever_else_is_loaded(platform: Platform) -> None:
    for paths in _run(_IN_PARTS).values():
        assert paths == {path: platform.app.surface_of(path).name for path in paths}
