"""The guide tells what a deployed stage answers otherwise than a local run, by the rows that compare them."""

from pathlib import Path

import pytest

from stage.checks.answers import Answer, Asked
from stage.checks.differences import DIFFERENCES, Difference, table, unexplained

_GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
_ASKED = Asked("GET", "/health")
_HERE = Answer(200, {"x-request-id": "ID", "content-type": "application/json"}, '{"status":"ok"}')
_THERE = _HERE._replace(headers={**_HERE.headers, "x-amzn-requestid": "ID"})


def test_the_guide_has_the_rows_of_the_comparison() -> None:
    assert f"\n{table()}\n\n" in _GUIDE.read_text()


def test_a_difference_that_a_row_tells_is_taken_back_and_noted() -> None:
    shown: set[Difference] = set()
    assert unexplained(_ASKED, _HERE, _THERE, shown) is None
    assert len(shown) == 1
    assert shown < set(DIFFERENCES)


@pytest.mark.parametrize(
    "there",
    [
        _THERE._replace(status=404),
        _THERE._replace(body='{"status":"well"}'),
        _THERE._replace(headers={**_THERE.headers, "vary": "Origin"}),
        _THERE.without("x-request-id"),
        # Not the gateway's: a function that answered has named the request.
        _THERE._replace(status=429, body='{"message":"Slow down."}'),
        _THERE._replace(status=413, body='{"message":"Too large."}', headers={}),
    ],
)
def test_a_difference_that_no_row_tells_is_left_over(there: Answer) -> None:
    words = unexplained(_ASKED, _HERE, there, set())
    assert words is not None
    assert words.startswith("GET /health\n")
