"""Answers of the embedded engine that are known already, given again without it.

Most of what a run reads is as it was at the mark: the partner, its keys, whatever neither step touches. A request that
reads nothing else is answered as it was the first time, in a tenth of the time. A write that finds the same items as
the same write before does the same to them. Questions to KMS have one answer in a world that can be rewound.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import partial
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict

from chalicelib.core import aws
from tests.faults.interleavings.accesses import Access, Accesses, Resource, is_item
from tests.faults.interleavings.rewinding import Rewinder
from tests.faults.wire import NOWHERE, Raw, body_of, listening, operation_of

_READING = frozenset({"BatchGetItem", "GetItem", "Query", "TransactGetItems"})
_WRITING = frozenset({"DeleteItem", "PutItem", "TransactWriteItems", "UpdateItem"})
_EFFECTS = 8
_READING_KMS = frozenset({"Decrypt", "DescribeKey", "GetPublicKey"})
_OK = 200


class _Answer(NamedTuple):
    """What the engine gave, and all that it read for it."""

    headers: dict[str, str]
    content: bytes
    read: frozenset[Resource]


class _Effect(NamedTuple):
    """What a write gave, and each item that it read or changed, before and after it."""

    headers: dict[str, str]
    content: bytes
    status: int
    accesses: list[Access]
    items: list[tuple[Resource, Any, Any]]


class Remembering:
    """The answers about what has not changed since the rewinder's mark."""

    def __init__(self, accesses: Accesses, rewinder: Rewinder) -> None:
        self._accesses = accesses
        self._rewinder = rewinder
        self._answers: dict[tuple[str, bytes], _Answer] = {}
        self._effects: defaultdict[tuple[str, bytes], deque[_Effect]] = defaultdict(partial(deque, maxlen=_EFFECTS))
        self._of_kms: dict[tuple[str, str], Any] = {}

    def forget(self) -> None:
        """There is another mark."""
        self._answers.clear()
        self._effects.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Answers within the block, after everybody who listens has heard of the request."""
        from moto.core.models import botocore_stubber

        ask = botocore_stubber.process_request
        kms = aws.client("kms")
        with listening("before-send.dynamodb", self._answer, last=True), pytest.MonkeyPatch.context() as patch:
            # botocore asks every listener, and this one would look for the address among those of all services.
            patch.setattr(
                botocore_stubber, "process_request", lambda asked: None if asked.url == NOWHERE else ask(asked)
            )
            patch.setattr(kms, "_make_api_call", partial(self._call_kms, kms, kms._make_api_call))
            yield

    def _call_kms(self, kms: Any, call: Callable[[str, Any], Any], operation: str, parameters: Any) -> Any:
        question = operation, repr(parameters)
        if operation not in _READING_KMS:
            return call(operation, parameters)
        if question not in self._of_kms:
            self._of_kms[question] = call(operation, parameters)
            return deepcopy(self._of_kms[question])
        answer = deepcopy(self._of_kms[question])
        model, events = kms.meta.service_model.operation_model(operation), kms.meta.events
        request = AWSPreparedRequest("POST", NOWHERE, HeadersDict(), b"", False)
        events.emit(f"before-send.kms.{operation}", request=request)  # so that whoever counts requests hears of it
        events.emit(f"after-call.kms.{operation}", http_response=None, parsed=answer, model=model, context={})
        return answer

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = operation_of(event_name)
        if request.url == NOWHERE:
            return None
        if operation in _WRITING:
            return self._write(operation, request)
        if operation not in _READING:
            return None
        if self._rewinder.indexes_lag() and "IndexName" in body_of(request):
            return None
        known = self._answers.get((operation, request.body))
        if known is not None and known.read.isdisjoint(self._rewinder.changed):
            self._accesses.tell(Access(read=known.read))
            return _response(request, known.headers, known.content)
        return self._asked(operation, request)

    def _asked(self, operation: str, request: Any) -> AWSResponse | None:
        read: set[Resource] = set()
        with self._accesses.telling(lambda access: read.update(access.read)):
            answered = _engine(request)
        if answered is None:
            return None
        status, headers, content = answered
        if status == _OK and read and read.isdisjoint(self._rewinder.changed):
            self._answers[operation, request.body] = _Answer(headers, content, frozenset(read))
        return _response(request, headers, content, status)

    def _write(self, operation: str, request: Any) -> AWSResponse | None:
        for known in self._effects[operation, request.body]:
            if all(_same(self._rewinder.item(place), then) for place, then, _ in known.items):
                for place, then, after in known.items:
                    if not _same(then, after):
                        self._rewinder.put(place, deepcopy(after))
                for access in known.accesses:
                    self._accesses.tell(access)
                return _response(request, known.headers, known.content, known.status)
        accesses: list[Access] = []
        before: dict[Resource, Any] = {}

        def hear(access: Access) -> None:
            accesses.append(access)
            for place in access.read | access.changed:
                if is_item(place) and place not in before:
                    before[place] = deepcopy(self._rewinder.item(place))

        with self._accesses.telling(hear):
            answered = _engine(request)
        if answered is None:
            return None
        status, headers, content = answered
        if all(map(is_item, frozenset().union(*(access.read for access in accesses)))):
            items = [(place, item, deepcopy(self._rewinder.item(place))) for place, item in before.items()]
            self._effects[operation, request.body].append(_Effect(headers, content, status, accesses, items))
        return _response(request, headers, content, status)


def _same(one: Any, other: Any) -> bool:
    return one is other if one is None or other is None else bool(one == other)


def _engine(request: Any) -> tuple[int, dict[str, str], bytes] | None:
    """The engine's own answer."""
    from moto.core.models import botocore_stubber

    answered = botocore_stubber.process_request(request)
    if answered is None:
        return None
    status, headers, body = answered
    return status, dict(headers), body.encode() if isinstance(body, str) else body


def _response(request: Any, headers: dict[str, str], content: bytes, status: int = _OK) -> AWSResponse:
    request.url = NOWHERE  # botocore asks every listener, and the embedded engine is one
    return AWSResponse(request.url, status, headers.copy(), Raw(content))
