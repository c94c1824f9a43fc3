"""Fresh processes: forked from one that has loaded libraries, and nothing of the platform.

As a script it reads calls, one a line, and answers each from a child of its own. `Processes` is the tests' side of it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

Event = dict[str, Any]


class FreshProcessFailed(Exception):
    """A process ended without an answer; its errors are in the run's output."""


class Processes:
    """Starts a process for each call."""

    def __init__(self, forge: "subprocess.Popen[str]") -> None:
        self._forge = forge

    def ask(self, part: str, *events: Event) -> list[Any]:
        """The answers of an API process that has loaded this part alone, to requests one after another."""
        answers: list[Any] = self._run({"part": part, "events": events})
        return answers

    def handle(self, handler: str, event: Event) -> Any:
        """What a handler of `app.py` gives for the first event of its process."""
        return self._run({"handler": handler, "event": event})

    def _run(self, call: dict[str, Any]) -> Any:
        assert self._forge.stdin is not None
        assert self._forge.stdout is not None
        self._forge.stdin.write(json.dumps(call) + "\n")
        self._forge.stdin.flush()
        line = self._forge.stdout.readline()
        if not line.strip():
            raise FreshProcessFailed(call.get("part") or call["handler"])
        return json.loads(line)


@contextmanager
def processes(engine: str) -> Iterator[Processes]:
    """Processes whose AWS is at the address `engine`; the rest of their environment is this one's."""
    environment = {**os.environ, "AWS_ENDPOINT_URL": engine, "_HANDLER": "app.of_a_test"}
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.fresh.processes"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forge:
        try:
            yield Processes(forge)
        finally:
            assert forge.stdin is not None
            forge.stdin.close()


def fresh_handlers(queues: Sequence[Any], made: Processes) -> list[Any]:
    """The pump's queues with handlers that work each batch in a process of its own."""

    def handler(name: str) -> Callable[[Event, object], Any]:
        def handle(event: Event, context: object) -> Any:
            del context
            return made.handle(name, event)

        return handle

    return [replace(queue, handler=handler(queue.name)) for queue in queues]


def _serve() -> None:
    # Libraries alone: they register nothing of the platform's.
    import botocore.session
    import chalice.app
    import jinja2
    import pydantic
    import pynamodb.models

    del botocore, chalice, jinja2, pydantic, pynamodb
    assert not any(name.startswith("chalicelib") for name in sys.modules)
    for line in sys.stdin:
        if os.fork() == 0:
            _answer(json.loads(line))
        _, status = os.wait()
        if status:
            print(flush=True)


def _answer(call: dict[str, Any]) -> None:
    """Prints the answer and ends the process."""
    status = 1
    try:
        found = _ask(call["part"], call["events"]) if "part" in call else _handle(call["handler"], call["event"])
        print(json.dumps(found), flush=True)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _ask(part: str, events: Sequence[Event]) -> list[Any]:
    from chalicelib import surfaces
    from chalicelib.core.http.application import Application

    app = Application("spacegarden", at_start=[getattr(surfaces, part)])
    return [app(event, None) for event in events]


def _handle(handler: str, event: Event) -> Any:
    import app

    return getattr(app, handler)(event, None)


if __name__ == "__main__":
    _serve()
