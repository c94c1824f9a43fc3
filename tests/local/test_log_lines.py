"""The readable log of a local run, and how it is chosen."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.core import logging as log
from local.log_lines import ReadableFormatter


def _line(message: str, *, level: int = logging.INFO, colours: bool = False, **extra: Any) -> str:
    record = logging.makeLogRecord({"name": "spacegarden.http", "levelno": level, "msg": message, **extra})
    record.levelname = logging.getLevelName(level)
    return ReadableFormatter(colours=colours).format(record)


@pytest.fixture(autouse=True)
def _no_request() -> None:
    log.unbind()


def test_a_request_is_one_line_with_method_route_status_and_time() -> None:
    log.bind(request_id="r1", method="POST", route="/api/v1/spaces", partner="spacex", actor="key:abc", source="f0")
    line = _line("answered", status=201, ms=12.4)
    assert line.split()[1:] == ["POST", "/api/v1/spaces", "201", "12", "ms", "spacex", "key:abc"]


def test_a_fault_names_the_request_to_look_for() -> None:
    log.bind(request_id="r1", method="GET", route="/users")
    assert _line("answered", status=503, ms=1.0).endswith("request r1")


def test_a_mailed_code_stands_on_lines_of_its_own() -> None:
    lines = _line("mail", to="ada@example.com", subject="Your code", body="123456 is your code.\n\nIt ends soon.\n")
    first, *rest = lines.splitlines()
    assert first.endswith("MAIL    to ada@example.com: Your code")
    assert [line.partition("| ")[2] for line in rest] == ["123456 is your code.", "", "It ends soon."]


def test_an_error_is_followed_by_its_traceback() -> None:
    try:
        raise ValueError("no such thing")
    except ValueError as error:
        lines = _line("unexpected error", level=logging.ERROR, exc_info=(type(error), error, error.__traceback__))
    assert " error   unexpected error" in lines.splitlines()[0]
    assert lines.splitlines()[-1].endswith("| ValueError: no such thing")


def test_a_step_of_a_queue_tells_what_came_of_it_and_nothing_empty() -> None:
    log.bind(message_id="m1")
    line = _line("settled", delivery="dlv_1", status="delivered", attempt=1, http_status=204, error=None)
    assert line.split()[1:] == ["info", "settled", "delivery=dlv_1", "status=delivered", "attempt=1", "http_status=204"]


def test_colours_are_for_terminals() -> None:
    log.bind(method="GET", route="/")
    assert "\033[31m500\033[0m" in _line("answered", status=500, ms=1, colours=True)
    assert "\033" not in _line("answered", status=500, ms=1)


@pytest.mark.parametrize("chosen", ["json", ""])
def test_the_format_is_chosen_by_the_environment(chosen: str) -> None:
    code = (
        "import logging; from chalicelib.core import logging as log; from local import attach; log.configure();"
        "attach._announced = True; attach.after_app(None);"
        "logging.getLogger('spacegarden.x').warning('careful', extra={'why': 'ice'})"
    )
    environment = {"LOG_FORMAT": chosen, "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    if chosen == "json":
        assert json.loads(done.stderr)["why"] == "ice"
    else:
        assert done.stderr.split()[1:] == ["warning", "careful", "why=ice"]
