"""The template and the zip, made once, and where a packed function finds its platform."""

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import lambda_runtime
from infra.template.assembled import template_of
from infra.zip import archive
from infra.zip.dependencies import HERE, exclusive_lock
from tests.package import aws_bridge
from tests.package.accounts import Account, fresh_account
from tests.package.checks import translated
from tests.platform import Platform

STAGE = "prod"


@pytest.fixture(scope="session")
def _checks() -> None:
    lambda_runtime.install_client()


@pytest.fixture(scope="session")
def sam_template() -> dict[str, Any]:
    """The template that is deployed as `prod`."""
    return template_of(STAGE)


@pytest.fixture(scope="session")
def template(sam_template: dict[str, Any], _checks: None) -> dict[str, Any]:
    """What CloudFormation makes of it."""
    return translated(sam_template)


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip for this machine, made once for all processes of a run."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / "spacegarden.zip"
    with exclusive_lock(folder / "spacegarden.lock"):
        return made if made.exists() else archive.build(made, machine=HERE)


@pytest.fixture(scope="session")
def task(code: Path, tmp_path_factory: pytest.TempPathFactory, _checks: None) -> Path:
    """The zip, unpacked."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(code) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def template_file(sam_template: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a file."""
    path = tmp_path_factory.mktemp("template") / "template.json"
    path.write_text(json.dumps(sam_template))
    return path


@pytest.fixture(scope="session")
def account(_checks: None) -> Iterator[Account]:
    """An account with nothing in it."""
    with fresh_account() as made:
        yield made


@pytest.fixture(scope="session")
def variables(platform: Platform) -> Iterator[dict[str, str]]:
    """The environment of a function beside the test platform: its tables, queues and chain, as the stage `dev`."""
    del platform
    with aws_bridge.endpoint() as address:
        yield aws_bridge.function_variables(address)
