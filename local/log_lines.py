"""The readable log of a local run: one line a request, with mailed texts and errors set apart.

`LOG_FORMAT=json` keeps the JSON lines of a deployed stage instead.
"""

import logging
import os
import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TextIO

from chalicelib.core.logging import fields_of

_BOLD, _RED, _YELLOW, _GREEN, _DIM = "1", "31", "33", "32", "2"
_MARGIN: Final = " " * 10
# Fields of a request or a queue's message that its own line shows, or that only a machine reads.
_HIDDEN: Final = ("request_id", "message_id", "surface", "method", "route", "source", "partner", "actor")


def supports_colours(stream: TextIO) -> bool:
    """True for a terminal, unless `NO_COLOR` is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


class ReadableFormatter(logging.Formatter):
    """Renders a record for people; with `colours`, by terminal escape sequences."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__()
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """One line, or several for a mail or an error."""
        fields = fields_of(record)
        clock = self._styled(f"{datetime.fromtimestamp(record.created):%H:%M:%S}", _DIM)
        if "status" in fields and "route" in fields:
            return f"{clock}  {self._request(fields)}"
        if "body" in fields and "to" in fields:
            return f"{clock}  {self._mail(fields)}"
        told = {name: value for name, value in fields.items() if name not in _HIDDEN and value is not None}
        rest = " ".join(f"{name}={value}" for name, value in told.items())
        level = self._styled(f"{record.levelname.lower():<7}", _colour_of(record.levelno))
        line = f"{clock}  {level} {record.getMessage()}{'  ' + self._styled(rest, _DIM) if rest else ''}"
        if record.exc_info and record.exc_info[1] is not None:
            line += self._indented("".join(traceback.format_exception(record.exc_info[1])), _RED)
        return line

    def _request(self, fields: Mapping[str, Any]) -> str:
        status = int(fields["status"])
        colour = _RED if status >= 500 else _YELLOW if status >= 400 else _GREEN
        who = " ".join(str(fields[name]) for name in ("partner", "actor") if fields.get(name))
        quoted = f"request {fields.get('request_id')}" if status >= 500 else ""
        parts = (
            f"{fields.get('method', ''):<7} {fields['route']:<44}",
            self._styled(str(status), colour),
            f"{fields.get('ms', 0):>7.0f} ms",
            self._styled(who, _DIM),
            quoted,
        )
        return " ".join(part for part in parts if part)

    def _mail(self, fields: Mapping[str, Any]) -> str:
        title = self._styled(f"MAIL    to {fields['to']}: {fields.get('subject', '')}", _BOLD)
        return title + self._indented(str(fields["body"]), _BOLD)

    def _indented(self, text: str, style: str) -> str:
        return "".join(f"\n{_MARGIN}| {self._styled(line, style)}" for line in text.strip().splitlines())

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._colours and text else text


def _colour_of(level: int) -> str:
    if level >= logging.ERROR:
        return _RED
    return _YELLOW if level >= logging.WARNING else _DIM
