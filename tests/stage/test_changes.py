"""The long checks of a stage still find what they change in the sources."""

import shutil
from pathlib import Path

import pytest

from infra import ROOT
from stage.checks.changes import CHANGES, Change


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.new))
def test_a_change_can_be_made(change: Change, tmp_path: Path) -> None:
    file = tmp_path / change.path
    file.parent.mkdir(parents=True)
    shutil.copy(ROOT / change.path, file)
    change.make(tmp_path)
    changed = file.read_text()
    assert change.new in changed
    compile(changed, change.path, "exec")
