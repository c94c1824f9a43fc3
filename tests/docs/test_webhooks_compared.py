"""The comparison of webhooks: what it says of us is there, and what it says of others has a source."""

import re
from pathlib import Path
from typing import Any, Final

from chalicelib.reference.document import build
from chalicelib.webhooks.domain import SCHEDULES, schedule_text
from tests.platform import Platform

_TEXT = (Path(__file__).parents[2] / "docs" / "webhooks-compared.md").read_text(encoding="utf-8")
_COLUMNS: Final = ["feature", "here", "Svix", "Convoy", "Outpost", "Hookdeck", "Stripe"]
_OPERATION = re.compile(r"`((?:GET|POST|PATCH|DELETE) /[^`]+)`")
_SOURCE = re.compile(r"\[\^([\w-]+)\](?!:)")
_SOURCES = dict(re.findall(r"^\[\^([\w-]+)\]: (.+)$", _TEXT, re.MULTILINE))


def _tables() -> list[list[list[str]]]:
    """The rows of each table, their heads first."""
    tables = [part.splitlines() for part in re.findall(r"(?:^\|.*\n)+", _TEXT, re.MULTILINE)]
    return [[[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines] for lines in tables]


def _rows() -> list[list[str]]:
    return [row for table in _tables() for row in table[2:]]


def test_every_table_has_the_same_columns_and_whole_rows() -> None:
    assert [table[0] for table in _tables()] == [_COLUMNS] * len(_tables())
    assert [row for row in _rows() if len(row) != len(_COLUMNS) or not all(row)] == []


def test_what_is_here_is_an_operation_of_the_api_or_leads_to_a_page(platform: Platform) -> None:
    document: dict[str, Any] = build(platform.app.routes, url="https://api.example.com")
    known = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    claims = [row[1] for row in _rows() if row[1] != "no"]
    assert claims
    assert [claim for claim in claims if not (_OPERATION.search(claim) or "](" in claim)] == []
    assert {operation for claim in claims for operation in _OPERATION.findall(claim)} - known == set()


def test_what_others_do_has_a_source() -> None:
    cells = [(row[0], cell) for row in _rows() for cell in row[2:]]
    assert [cell for cell in cells if cell[1] != "not documented" and not _SOURCE.search(cell[1])] == []


def test_every_source_is_used_and_is_a_public_address() -> None:
    assert set(_SOURCE.findall(_TEXT)) == set(_SOURCES)
    assert [name for name, source in _SOURCES.items() if not source.startswith("<https://")] == []
    assert re.search(r"All sources were read on 20\d\d-\d\d-\d\d", _TEXT)


def test_the_schedules_are_those_that_are_kept() -> None:
    texts = [schedule_text(name).replace(" tries", "") for name in SCHEDULES]
    assert f"[{', or '.join(texts)}]" in _TEXT
