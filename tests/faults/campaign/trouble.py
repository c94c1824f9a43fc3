"""What happens to an actor between a request and its answer: it waits its turn, storage refuses, or it ends."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from random import Random
from typing import Any, NamedTuple

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.chain.rpc import JsonRpc
from chalicelib.core.egress.client import EgressClient
from tests.faults.campaign.scheduling import pause, present
from tests.faults.wire import SERVICES, Killed, body_of, listening, operation_of, unsent, with_bytes

_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class Chances(NamedTuple):
    """How likely each request ends in each of these."""

    killed: float = 0.0
    throttled: float = 0.0
    conflict: float = 0.0
    lost: float = 0.0


class Trouble:
    """Makes trouble for the actors of a schedule, and remembers for whom."""

    def __init__(self, random: Random, chances: Chances) -> None:
        self.lost: set[str] = set()
        """Actors one of whose answers from storage was lost since they were last taken out."""
        self._random = random
        self._chances = chances
        self._done: set[str] = set()
        self.at_work = chances._replace(killed=0.0) != Chances()
        self._carrier = botocore.session.get_session().create_client("dynamodb")

    @contextmanager
    def made(self) -> Iterator[None]:
        """Within the block every request of an actor is a place where others may act and things may go wrong."""
        with ExitStack() as held:
            for service in SERVICES:
                held.enter_context(listening(f"before-send.{service}", self._meet))
            patch = held.enter_context(pytest.MonkeyPatch.context())
            for owner, name in ((JsonRpc, "call"), (EgressClient, "send")):
                patch.setattr(owner, name, self._met(getattr(owner, name)))
            yield

    def _met(self, original: Any) -> Any:
        def met(this: Any, *arguments: Any, **named: Any) -> Any:
            self._wait(is_to_write=True)
            return original(this, *arguments, **named)

        return met

    def _wait(self, *, is_to_write: bool) -> None:
        if present() is not None:
            pause(is_to_write=is_to_write)
            if self._random.random() < self._chances.killed:
                raise Killed(present())

    def _meet(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        actor = present()
        if actor is None:
            return None
        operation = operation_of(event_name)
        self._wait(is_to_write=operation in _WRITES)
        if ".dynamodb." not in event_name:
            return None
        body = body_of(request)
        if body.get("ClientRequestToken") in self._done:
            return unsent(request, {})  # as DynamoDB promises, and the embedded engine does not
        if operation in _WRITES and self._random.random() < self._chances.lost:
            self.lost.add(actor)
            with suppress(ClientError):
                self._carrier._make_api_call(operation, with_bytes(body))
                self._done.update([body["ClientRequestToken"]] if "ClientRequestToken" in body else [])
            raise ReadTimeoutError(endpoint_url=request.url)
        if self._random.random() < self._chances.throttled:
            return _refused(request, "ProvisionedThroughputExceededException")
        if operation == "TransactWriteItems" and self._random.random() < self._chances.conflict:
            reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in body["TransactItems"][1:])]
            return _refused(request, "TransactionCanceledException", CancellationReasons=reasons)
        return None


def _refused(request: Any, code: str, **fields: Any) -> AWSResponse:
    content = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **fields}
    return unsent(request, content, status=400)
