"""docs/answers.md: what each answer of a partner means, row by row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from chalicelib.space3 import dialects
from tests.receivers import Answer, Receiver
from tests.space3.missions import ZEALY, Missions

_DOCUMENT = Path(__file__).parents[2] / "docs" / "answers.md"
_WALLET = "0x" + "cd" * 20
_VERDICTS = {"done": "done", "not done": "not_done", "unknown": "unknown"}
_POINTS = re.compile(r"([0-9]+) points")


class Row(NamedTuple):
    """An answer, and the verdict on it."""

    dialect: str
    mission: str
    status: int
    body: bytes
    verdict: str


def _rows() -> Iterator[Row]:
    dialect, has_mission = "", False
    for line in _DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            dialect = line.split("`")[1]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if "Verdict" in cells:
            has_mission = cells[0] == "Mission"
        elif cells and "---" not in cells:
            mission = cells.pop(0).strip("`").removeprefix("|").strip() if has_mission else ""
            status, answer, verdict = cells[:3]
            body: bytes = b"" if answer == "nothing" else ast.literal_eval(f"b'''{answer[1:-1]}'''")
            yield Row(dialect, mission, int(status), body, _VERDICTS[verdict])


_ROWS = list(_rows())


@pytest.fixture(scope="module")
def user(missions: Missions) -> str:
    """A user with what each dialect asks for."""
    return missions.user(email="answers@example.com", wallet=_WALLET)


def test_the_document_has_each_dialect_with_each_verdict() -> None:
    found = {(row.dialect, row.verdict) for row in _ROWS}
    assert found == {(name, verdict) for name in dialects.names() for verdict in _VERDICTS.values()}


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: f"{row.dialect} {row.mission} {row.status} {row.body!r}")
def test_answer_means_what_the_document_says(missions: Missions, user: str, row: Row) -> None:
    fields: dict[str, Any] = ZEALY if row.dialect == "zealy" else {}
    if points := _POINTS.fullmatch(row.mission):
        fields = {"kind": "accumulative", "target": int(points[1])}
    elif row.mission:
        fields = {"options": {"result_path": row.mission}}
    with Receiver(then=Answer(row.status, body=row.body)) as receiver:
        verdict = missions.verify(missions.mission(receiver.url, dialect=row.dialect, **fields), user)
        asked = len(receiver.requests)
    assert verdict["verdict"] == row.verdict
    assert asked == (3 if row.verdict == "unknown" else 1)
