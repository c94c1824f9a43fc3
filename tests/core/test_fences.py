"""Files that use private parts of libraries are known, and written for the versions that are installed."""

import logging
import re
import tomllib
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core import aws, fences
from chalicelib.core.items import ItemCalls
from chalicelib.core.settings import settings

ROOT = Path(__file__).parents[2]
_RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]["per-file-ignores"]
# What stands around an emulator of AWS and the tests is not part of a run.
_ELSEWHERE = ("{tests", "stage/emulator")


def _expanded(pattern: str) -> list[str]:
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", pattern)
    return [pattern] if found is None else [f"{found[1]}{each}{found[3]}" for each in found[2].split(",")]


FILES = sorted(
    file
    for pattern, rules in _RULES.items()
    if "SLF" in rules and not pattern.startswith(_ELSEWHERE)
    for file in _expanded(pattern)
)


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_uses_private_parts_was_written_for_the_installed_library(file: str) -> None:
    module = import_module(file.removesuffix(".py").replace("/", "."))
    # What repairs moto is one fence of several files, which the engine's package stands around.
    written_for = getattr(module, "WRITTEN_FOR", None) or import_module(str(module.__package__)).WRITTEN_FOR
    assert fences.is_as_written_for(written_for, version(written_for.split()[0]))


def test_the_files_are_found() -> None:
    assert {"chalicelib/core/items.py", "chalicelib/core/pynamo.py", "local/engine/moto_repairs.py"} <= set(FILES)


@pytest.mark.parametrize("installed", ["1.45.0", "2.0.1", "1.440.1", "1.4"])
def test_a_library_that_has_moved_is_named_in_the_log(installed: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "spacegarden.fences"):
        assert not fences.is_as_written_for("botocore 1.44", installed)
    [record] = caplog.records
    said: dict[str, Any] = record.__dict__
    assert (said["library"], said["installed"], said["written_for"]) == ("botocore", installed, "1.44")


@pytest.mark.parametrize("why", ["another botocore", "the switch"])
def test_calls_on_items_go_botocores_own_way(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if why == "the switch":
        monkeypatch.setenv("SPACEGARDEN_PLAIN_BOTOCORE", "1")
    else:
        monkeypatch.setattr("botocore.__version__", "1.45.0")
    settings.cache_clear()
    aws.forget_clients()
    try:
        made = aws.client("dynamodb")
        assert not isinstance(made, ItemCalls)
        assert made.meta.config.retries["total_max_attempts"] == 4
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        aws.forget_clients()
    shortened = not settings().plain_botocore
    assert isinstance(aws.client("dynamodb"), ItemCalls) is shortened


def test_the_short_form_on_botocores_own_way_names_folders_that_are_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [command] = re.findall(r"SPACEGARDEN_PLAIN_BOTOCORE=1 exec .* -m pytest .*", makefile)
    folders = re.findall(r"tests/\w+", command)
    assert folders
    assert all((ROOT / each).is_dir() for each in folders)
