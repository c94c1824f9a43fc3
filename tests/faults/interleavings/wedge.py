"""One actor's step, whole, between two requests of another's."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import Context
from threading import Lock, Thread
from typing import Any

import pytest

from chalicelib.chain.rpc import JsonRpc
from chalicelib.core.egress.client import EgressClient
from tests.faults.interleavings.actors import SECOND, acting, present
from tests.faults.interleavings.footprints import Footprints
from tests.faults.wire import SERVICES, body_of, listening

# A step that waits longer waits for a lock of this process that the other holds; then both go on.
_PATIENCE_SECONDS = 60.0


class Wedge:
    """Counts the requests of what runs in `held`, and runs the second actor's step before those with these numbers.

    What has not run by the end of the block runs then. `fired` tells whether the first of them fell within it.
    """

    def __init__(self, points: Sequence[int], run: Callable[[], Any], footprints: Footprints) -> None:
        self.requests: list[str] = []
        self.answers: list[Any] = []
        self.fired = False
        self.overlapped = False
        """True where the second step waited for the first one, so that their requests were mixed."""
        self._footprints = footprints
        self._points = points
        self._run = run
        self._lock = Lock()
        self._thread: Thread | None = None
        self._busy = False
        self._error: BaseException | None = None

    @property
    def before(self) -> str:
        """The request before which the step ran first, such as `TransactWriteItems`."""
        return self.requests[self._points[0] - 1]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Listens to everything that leaves the process; ends once the step has ended too."""
        with ExitStack() as hooks, pytest.MonkeyPatch.context() as patch:
            for service in SERVICES:
                hooks.enter_context(listening(f"before-send.{service}", self._hear))
            self._announce(patch, JsonRpc, "call", lambda arguments: f"rpc.{arguments[0]}")
            self._announce(patch, EgressClient, "send", lambda _: "webhook.send")
            yield
            if self._thread is not None:
                self._thread.join()
        if self._error is not None:
            raise self._error
        while len(self.answers) < len(self._points):
            with acting(SECOND):
                self.answers.append(self._run())

    def _hear(self, request: Any, event_name: str, **_: Any) -> None:
        operation = event_name.partition(".")[2]
        address = body_of(request).get("QueueUrl") if operation.startswith("sqs.") else request.url
        self._meet(operation, str(address))

    def _meet(self, operation: str, address: str) -> None:
        if present() == SECOND:
            self._footprints.request(operation, address)
            return
        with self._lock:
            if self._busy or (self._thread is not None and self._thread.is_alive()):
                return
            self.requests.append(operation.rpartition(".")[2])
            self._footprints.request(operation, address)
            if len(self.requests) not in self._points:
                return
            self.fired = self._busy = True
            thread = self._thread = Thread(target=Context().run, args=(self._act,), daemon=True)
        thread.start()
        thread.join(_PATIENCE_SECONDS)
        self.overlapped = self.overlapped or thread.is_alive()
        self._busy = False

    def _act(self) -> None:
        try:
            with acting(SECOND):
                self.answers.append(self._run())
        except BaseException as error:
            self._error = error

    def _announce(self, patch: pytest.MonkeyPatch, owner: type, name: str, label: Callable[[Any], str]) -> None:
        original = getattr(owner, name)

        def announced(this: Any, *arguments: Any, **named: Any) -> Any:
            self._meet(label(arguments), "")
            return original(this, *arguments, **named)

        patch.setattr(owner, name, announced)
