"""The shape of the code: modules or folders, and a ground that knows no feature."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "chalicelib"
LONGEST = 400
_NAMES = {"routes", "schemas", "service", "domain", "repository", "models", "reference"}
FOLDERS = sorted(folder for folder in ROOT.glob("*/*/") if folder.name in _NAMES)
MODULES = sorted(ROOT.rglob("*.py"))
CORE = sorted(file for kind in ("py", "html", "js", "css") for file in (ROOT / "core").rglob(f"*.{kind}"))
_WORDS = re.compile(
    r"\bmission|\bnft|webhook|invoice|dreamspace|gardenlab|space3|\bspaces\b|customer|specimen|oauth|\bmint(?!ute)",
    re.I,
)
# What goes over the wire, or is asked for by name. Settings are one list for all features.
_SAID = {
    "settings.py": {"dreamspace", "mint", "webhook"},
    "http/loops.py": {"webhook"},  # the header of Standard Webhooks
    "egress/headers.py": {"webhook"},
    "egress/policy.py": {"mission"},  # the path that is open to our own calls
    "http/health.py": {"webhook"},  # the queue that is asked for
    "ids.py": {"webhook"},
    "reference.py": {"webhook"},  # OpenAPI's word for what is sent
}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_has_more_than_one_module(folder: Path) -> None:
    assert len([module for module in folder.rglob("*.py") if module.name != "__init__.py"]) > 1


def test_no_name_is_both_a_module_and_a_folder() -> None:
    assert [folder for folder in FOLDERS if folder.with_suffix(".py").exists()] == []


def test_no_module_is_longer_than_one_idea() -> None:
    lengths = {str(module.relative_to(ROOT)): len(module.read_text().splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("file", CORE, ids=lambda file: str(file.relative_to(ROOT / "core")))
def test_core_names_no_feature(file: Path) -> None:
    found = {word.lower() for word in _WORDS.findall(file.read_text(encoding="utf-8"))}
    assert found <= _SAID.get(str(file.relative_to(ROOT / "core")), set())
