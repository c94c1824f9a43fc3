"""What a batch's events say, read in one request while the worker asks what others have in hand."""

from collections.abc import Iterable
from concurrent.futures import Executor

from chalicelib.core.logging import logger
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.repository import events as repository
from chalicelib.webhooks.service.errors import EventUnknown
from chalicelib.webhooks.service.lanes import Request

_log = logger("webhooks.contents")


class Contents:
    """The bodies of a batch's deliveries."""

    def __init__(self, requests: Iterable[Request], threads: Executor) -> None:
        addresses = {(each.name.origin, each.event_id) for each in requests if each.event_id is not None}
        self._read = threads.submit(_read, addresses)

    def of(self, row: DeliveryRow) -> bytes:
        """The body, byte for byte the same in each attempt.

        One more request where the message did not name the event, or the batch's read missed it. Raises
        `EventUnknown`.
        """
        if row.body is not None:  # a row of an earlier version
            return row.body.encode()
        event = self._read.result().get((row.origin, row.event_id))
        if event is None:
            event = repository.find_event(row.origin, row.event_id)
        if event is None:
            raise EventUnknown
        return event.content.encode()


def _read(addresses: Iterable[tuple[str, str]]) -> dict[tuple[str, str], EventRow]:
    try:
        return {(row.origin, row.id): row for row in repository.find_events(list(addresses))}
    except Exception:  # each delivery asks for its own
        _log.exception("events not read together")
        return {}
