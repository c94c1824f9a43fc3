"""The decisions: each entry has a date, context, decision and consequence, and fits one screen."""

import re
from pathlib import Path
from typing import Final

import pytest

_FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
_README = _FOLDER / "README.md"
_TOPICS = sorted(set(_FOLDER.glob("*.md")) - {_README})
_PARTS: Final = ["Context", "Decision", "Consequence"]
_MOST_LINES: Final = 45
_TITLE = re.compile(r"20\d\d-[01]\d-[0-3]\d \S")
_PART = re.compile(r"^\*\*(\w+)\.\*\* \S", re.MULTILINE)
_GOOD = "2026-11-30 Title\n\n**Context.** Why.\n\n**Decision.** What.\n\n**Consequence.** What follows.\n"


def _entries(topic: Path) -> list[str]:
    return re.split(r"^## ", topic.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]


def _faults(entry: str) -> list[str]:
    title, _, text = entry.partition("\n")
    lines = entry.rstrip().count("\n") + 1
    faults = []
    if not _TITLE.match(title):
        faults.append("no date and title")
    if _PART.findall(entry) != _PARTS or not text.lstrip().startswith("**Context.**"):
        faults.append(f"not {', '.join(_PARTS)}, in this order and nothing before")
    if lines > _MOST_LINES:
        faults.append(f"{lines} lines, {_MOST_LINES} at most")
    return [f"{title}: {fault}" for fault in faults]


@pytest.mark.parametrize("topic", _TOPICS, ids=lambda path: path.name)
def test_entries_have_the_form_that_the_readme_tells(topic: Path) -> None:
    entries = _entries(topic)
    assert [fault for entry in entries for fault in _faults(entry)] == []
    dates = [entry[:10] for entry in entries]
    assert dates
    assert dates == sorted(dates)


@pytest.mark.parametrize(
    "entry",
    [
        _GOOD.replace("2026-11-30 ", ""),
        _GOOD.replace("**Consequence.** What follows.", ""),
        _GOOD.replace("**Context.** Why.", "Why."),
        _GOOD.replace("Context", "Decision", 1),
        _GOOD.replace("\n\n**Context", "\n\nBefore.\n\n**Context"),
        _GOOD + "A line.\n" * _MOST_LINES,
    ],
    ids=["no date", "no consequence", "no context", "two decisions", "text before", "too long"],
)
def test_an_entry_of_another_form_is_a_fault(entry: str) -> None:
    assert _faults(_GOOD) == []
    assert len(_faults(entry)) == 1


def test_the_readme_lists_every_topic() -> None:
    assert re.findall(r"^\| \[\w+\]\((\w+\.md)\)", _README.read_text(encoding="utf-8"), re.MULTILINE) == [
        topic.name for topic in _TOPICS
    ]
