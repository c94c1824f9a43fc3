"""What is installed is what the lists of requirements name, in files whose hashes are known."""

import re
from pathlib import Path

import pytest

from infra import ROOT

_LISTS = (
    "requirements",
    "requirements-dev",
    "tools/package-checks",
    "tools/lambda-runtime",
    "tools/stage-engine",
    "tools/chain-client",
    "tools/clients/requirements",
)
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def _pins(path: Path) -> dict[str, str]:
    """Version by name, of a list and of those that it includes."""
    text = path.read_text()
    included = [_pins(path.parent / name) for name in re.findall(r"^-r (\S+)$", text, re.MULTILINE)]
    own = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in _PIN.findall(text)}
    return {name: version for each in (*included, own) for name, version in each.items()}


@pytest.mark.parametrize("name", _LISTS)
def test_a_lock_has_the_versions_of_its_list(name: str) -> None:
    """Where it has not: `make lock`."""
    assert _pins(ROOT / f"{name}.lock") == _pins(ROOT / f"{name}.txt")


@pytest.mark.parametrize("name", _LISTS)
def test_every_locked_package_has_hashes_and_no_lock_names_a_host(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
