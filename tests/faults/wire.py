"""Everything that leaves the process - AWS requests, JSON-RPC calls, webhooks - as points where a test can look in.

`listening` hears of a kind of request; `answering` answers it; `meanwhile` puts a change between our read and our
write; `Lifeline` counts every point before and after a call, and ends the process there.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.chain.rpc import JsonRpc
from chalicelib.core import aws, lines
from chalicelib.core.egress.client import EgressClient

SERVICES = ("dynamodb", "sqs", "s3", "kms")
Hook = Callable[..., Any]
NOWHERE = "http://answered.invalid/"


@contextmanager
def listening(event: str, hook: Hook, *, last: bool = False) -> Iterator[None]:
    """Calls `hook` at one of botocore's events, such as `before-send.dynamodb.PutItem`.

    Before anybody else hears; `last`, after everybody else but the embedded engine.
    """
    events = aws.client(event.split(".")[1]).meta.events
    (events.register_last if last else events.register_first)(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


@contextmanager
def answering(operation: str, give: Callable[[Any], AWSResponse | None]) -> Iterator[None]:
    """Answers requests, such as `dynamodb.PutItem`, in the engine's place wherever `give(request)` is not None."""

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        given = give(request)
        if given is not None:
            request.url = NOWHERE  # botocore asks every listener, and the embedded engine is one
        return given

    with listening(f"before-send.{operation}", answer):
        yield


def with_bytes(value: Any) -> Any:
    """Parameters as botocore takes them, of a body in which bytes are Base64."""
    if isinstance(value, list):
        return [with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: b64decode(each) if name == "B" and isinstance(each, str) else with_bytes(each)
        for name, each in value.items()
    }


@contextmanager
def answer_lost(operation: str, *, for_good: bool = False) -> Iterator[list[str]]:
    """The next such request to DynamoDB is carried out and its answer lost; `for_good`, those of all repetitions too.

    What was done under a request token is not done again: DynamoDB promises that, and moto lacks it.
    """
    lost: list[str] = []
    done: set[str] = set()
    carrier = botocore.session.get_session().create_client("dynamodb")

    def lose(request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if operation_of(event_name) != operation:
            return None
        body = body_of(request)
        token = body.get("ClientRequestToken")
        if lost and not for_good:
            if token not in done:
                return None
            return unsent(request, {})
        if token not in done:
            with suppress(ClientError):
                carrier._make_api_call(operation, with_bytes(body))
                done.update([token] if token else [])
        lost.append(operation)
        raise ReadTimeoutError(endpoint_url=request.url)

    # Not at the operation's own event, so that whoever counts requests hears of this one first.
    with listening("before-send.dynamodb", lose):
        yield lost
    assert lost


def response(request: Any, content: Any, status: int = 200) -> AWSResponse:
    """An engine's answer with this JSON content."""
    return AWSResponse(
        request.url, status, {"content-type": "application/x-amz-json-1.0"}, Raw(json.dumps(content).encode())
    )


def unsent(request: Any, content: Any, status: int = 200) -> AWSResponse:
    """The same from a listener, in the place of every engine."""
    request.url = NOWHERE  # botocore asks every listener, and the embedded engine is one
    return response(request, content, status)


class Raw:
    """The body of an answer."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The content in one piece."""
        yield self._content


def operation_of(event_name: str) -> str:
    """The operation that an event speaks of, such as `PutItem`."""
    return event_name.rpartition(".")[2]


def body_of(request: Any) -> Any:
    """What a DynamoDB or SQS request asks for."""
    return json.loads(request.body)


@contextmanager
def meanwhile(*changes: Callable[[], object], before: str = "dynamodb.TransactWriteItems") -> Iterator[list[str]]:
    """Makes a change just before the next such request leaves, another before the one after it, and so on.

    So each change falls between what our call read and what it writes. It is another process's, which stands in no
    line of this one. The value lists the changes made.
    """
    waiting = list(changes)
    made: list[str] = []
    busy = False

    def interfere(event_name: str, **_: Any) -> None:
        nonlocal busy
        if waiting and not busy:
            busy = True
            try:
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(lines, "_lines", {})
                    waiting.pop(0)()
            finally:
                busy = False
            made.append(operation_of(event_name))

    with listening(f"before-send.{before}", interfere):
        yield made


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Lifeline:
    """Counts the points at which a process can die, and lets it die at the one with number `fatal` (from 1).

    Once dead it stays dead: whatever its other threads begin fails as well.
    """

    def __init__(self, fatal: int | None = None) -> None:
        self.points: list[str] = []
        self._fatal = fatal
        self._lock = Lock()

    @property
    def killed(self) -> bool:
        """True once the fatal point was reached."""
        return self._fatal is not None and len(self.points) >= self._fatal

    @contextmanager
    def held(self) -> Iterator[None]:
        """Counts what happens in the block, which ends quietly where the process dies in it."""
        with ExitStack() as hooks, pytest.MonkeyPatch.context() as patch:
            for service in SERVICES:
                hooks.enter_context(listening(f"before-send.{service}", self._before_request))
                hooks.enter_context(listening(f"after-call.{service}", self._after_request))
            self._surround(patch, JsonRpc, "call", lambda arguments: f"rpc {arguments[0]}")
            self._surround(patch, EgressClient, "send", lambda _: "webhook")
            try:
                yield
            except Killed:
                return

    def _point(self, what: str) -> None:
        with self._lock:
            if self.killed:
                raise Killed(what)
            self.points.append(what)
            if self.killed:
                raise Killed(what)

    def _before_request(self, event_name: str, **_: Any) -> None:
        self._point(f"before {event_name.partition('.')[2]}")

    def _after_request(self, model: Any, **_: Any) -> None:
        self._point(f"after {model.service_model.service_name}.{model.name}")

    def _surround(self, patch: pytest.MonkeyPatch, owner: type, name: str, label: Callable[[Any], str]) -> None:
        original = getattr(owner, name)

        def surrounded(this: Any, *arguments: Any, **named: Any) -> Any:
            what = label(arguments)
            self._point(f"before {what}")
            answer = original(this, *arguments, **named)
            self._point(f"after {what}")
            return answer

        patch.setattr(owner, name, surrounded)
