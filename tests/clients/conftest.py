"""A run that clients of others call, its document as a file, and the tools that `tools/client-tools` installs."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from infra.clients import TOOLS
from tests.oauth.flows import register
from tests.platform import Platform
from tests.served import served

HERE = Path(__file__).parent
NODE_MODULES = TOOLS / "npm" / "node_modules"
_PYTHON = TOOLS / "python" / "bin"
_SECONDS = 900
# Everything else is the short form, which is part of the whole suite.
whole = pytest.mark.skipif("SPACEGARDEN_CLIENTS" not in os.environ, reason="the short form: run make clients for it")


@pytest.fixture(scope="session")
def run(platform: Platform) -> Iterator[Mapping[str, str]]:
    """What a client needs to know of the run, as environment variables."""
    partner = platform.new_partner()
    with served(platform.app) as base:
        yield {
            "API": base,
            "ORIGIN": partner.origin,
            "KEY": partner.key,
            "TOKEN": register(partner).own_token(),
        }


@pytest.fixture(scope="session")
def document_file(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document as it is served."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(platform.client.http.get("/openapi.json").body)
    return path


def npm_program(name: str) -> str:
    """A program of npm's. Skips the test where it is not installed."""
    path = NODE_MODULES / ".bin" / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: run tools/client-tools, which wants npm")
    return str(path)


def python_program(name: str) -> str:
    """A program of the Python clients' environment. Skips the test where it is not installed."""
    path = _PYTHON / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: run make clients, which wants npm")
    return str(path)


def done(*command: str, folder: Path, environment: Mapping[str, str] | None = None) -> str:
    """What a command says; it must succeed."""
    given = {"PATH": f"{_PYTHON}:{os.environ['PATH']}", "HOME": str(folder), "NO_COLOR": "1", **(environment or {})}
    outcome = subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, said[-4000:]
    return said
