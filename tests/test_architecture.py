"""The guide to the code names only what is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
_FOLDERS = ("app.py", "chalicelib", "docs", "infra", "local", "pyproject.toml", "stage", "tests")
NAMED = sorted({name for name in re.findall(r"`([\w./]+)`", GUIDE) if name.split("/")[0] in _FOLDERS})
_IN_CODE = (
    "ApiError",
    "FUNCTIONS",
    "QUEUES",
    "Queue",
    "QueueFunction",
    "ROWS",
    "ScheduledFunction",
    "deliver_webhooks",
    "emit",
)
_OF_A_FEATURE = (
    "functions.py",
    "routes",
    "schemas",
    "service",
    "models",
    "domain",
    "reference",
    "repository",
    "webhook_events.py",
    "queues.py",
    "tasks.py",
    "activities.py",
)


@pytest.mark.parametrize("path", NAMED)
def test_every_path_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_paths_are_found() -> None:
    assert len(NAMED) > 25


@pytest.mark.parametrize("name", _OF_A_FEATURE)
def test_every_name_of_a_features_module_is_used_and_told(name: str) -> None:
    assert f"`{name}`" in GUIDE
    stem = name.removesuffix(".py")
    assert [*ROOT.glob(f"chalicelib/*/{stem}.py"), *ROOT.glob(f"chalicelib/*/{stem}")]


@pytest.mark.parametrize(
    "code", ["emit", "ApiError", "deliver_webhooks", "Queue", "ROWS", "QUEUES", "FUNCTIONS", "QueueFunction"]
)
def test_names_in_code_are_defined(code: str) -> None:
    assert code in GUIDE
    defined = re.compile(rf"^(?:\s*def {code}\(|class {code}\(|{code}\b.*=)", re.MULTILINE)
    sources = [ROOT / "app.py", *(ROOT / "chalicelib").rglob("*.py")]
    assert any(defined.search(source.read_text(encoding="utf-8")) for source in sources)
