"""Answers of the embedded engine that are known already, given again without it.

Most of what a run reads is as it was at the mark: the partner, its keys, whatever neither step touches. A request that
reads nothing else is answered as it was the first time, in a tenth of the time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from botocore.awsrequest import AWSResponse

from tests.faults.interleavings.accesses import Access, Accesses, Resource
from tests.faults.interleavings.rewinding import Rewinder
from tests.faults.wire import NOWHERE, Raw, body_of, listening, operation_of

_READING = frozenset({"BatchGetItem", "GetItem", "Query", "TransactGetItems"})
_OK = 200


class _Answer(NamedTuple):
    """What the engine gave, and all that it read for it."""

    headers: dict[str, str]
    content: bytes
    read: frozenset[Resource]


class Remembering:
    """The answers about what has not changed since the rewinder's mark."""

    def __init__(self, accesses: Accesses, rewinder: Rewinder) -> None:
        self._accesses = accesses
        self._rewinder = rewinder
        self._answers: dict[tuple[str, bytes], _Answer] = {}

    def forget(self) -> None:
        """There is another mark."""
        self._answers.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Answers within the block, after everybody who listens has heard of the request."""
        with listening("before-send.dynamodb", self._answer, last=True):
            yield

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = operation_of(event_name)
        if operation not in _READING or request.url == NOWHERE:
            return None
        if self._rewinder.indexes_lag() and "IndexName" in body_of(request):
            return None
        known = self._answers.get((operation, request.body))
        if known is not None and known.read.isdisjoint(self._rewinder.changed):
            self._accesses.tell(Access(read=known.read))
            return _response(request, known.headers, known.content)
        return self._asked(operation, request)

    def _asked(self, operation: str, request: Any) -> AWSResponse | None:
        from moto.core.models import botocore_stubber

        read: set[Resource] = set()
        with self._accesses.telling(lambda access: read.update(access.read)):
            answered = botocore_stubber.process_request(request)
        if answered is None:
            return None
        status, headers, body = answered
        content = body.encode() if isinstance(body, str) else body
        if status == _OK and read and read.isdisjoint(self._rewinder.changed):
            self._answers[operation, request.body] = _Answer(dict(headers), content, frozenset(read))
        return _response(request, headers, content, status)


def _response(request: Any, headers: Any, content: bytes, status: int = _OK) -> AWSResponse:
    request.url = NOWHERE  # botocore asks every listener, and the embedded engine is one
    return AWSResponse(request.url, status, dict(headers), Raw(content))
