"""Structured logs: one JSON object a line, each with the fields bound for the request."""

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_context: ContextVar[dict[str, Any] | None] = ContextVar("log_context", default=None)
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def bind(**fields: Any) -> None:
    """Adds fields to every later line of this request."""
    _context.set({**(_context.get() or {}), **fields})


def unbind() -> None:
    """Forgets the fields, at the start of a request."""
    _context.set(None)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a log line: those of its request, and the record's own `extra` ones."""
    own = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
    return {**(_context.get() or {}), **own}


class JsonFormatter(logging.Formatter):
    """Renders a record as one line of JSON; the fields stand beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = "".join(traceback.format_exception(record.exc_info[1]))
        return _ENCODER.encode(line)


_ENCODER = json.JSONEncoder(default=str, ensure_ascii=False)


def configure(*, formatter: logging.Formatter | None = None) -> None:
    """Makes the root logger write to standard error, also in Lambda: JSON lines unless a formatter is given."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter or JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # No line shows thread or process, and logging would look them up for each line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("pynamodb").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.ERROR)


def logger(name: str) -> logging.Logger:
    """The logger of a module."""
    return logging.getLogger(f"spacegarden.{name}")
