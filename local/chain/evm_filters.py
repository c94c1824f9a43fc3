"""Events of the embedded chain by address, topics and blocks, and the filters by which clients hear of new ones.

A filter that nobody has asked for five minutes is forgotten, as geth forgets it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final, NamedTuple

from local.chain.evm_faults import INVALID_PARAMS, SERVER_ERROR, RpcFault

_KEPT_SECONDS: Final = 300.0
_MOST_TOPICS: Final = 4

Event = dict[str, Any]


class Query(NamedTuple):
    """Which events are wanted; None stands for any."""

    addresses: frozenset[str] | None
    topics: tuple[frozenset[str] | None, ...]

    def takes(self, event: Event) -> bool:
        """Whether the event is one of them, wherever it is in the chain."""
        topics = event["topics"]
        return (
            (self.addresses is None or event["address"].lower() in self.addresses)
            and len(topics) >= len(self.topics)
            and all(wanted is None or topic in wanted for topic, wanted in zip(topics, self.topics, strict=False))
        )


def read_query(given: Mapping[str, Any]) -> Query:
    """Reads `address` and `topics` of a filter object. Raises `RpcFault`."""
    topics = given.get("topics") or []
    if len(topics) > _MOST_TOPICS:
        raise RpcFault(INVALID_PARAMS, "an event has four topics at most")
    return Query(_any_of(given.get("address")), tuple(_any_of(each) for each in topics))


class _Filter(NamedTuple):
    """What one client waits for; `seen` is how much of it there was when it last asked."""

    fresh: Callable[[int], list[Any]]
    length: Callable[[], int]
    seen: int
    query: Mapping[str, Any] | None
    asked_at: float


class Filters:
    """The filters that clients have made. `events` is everything that has happened, in order."""

    def __init__(
        self, *, events: Callable[[], list[Event]], head: Callable[[], int], hash_of: Callable[[int], str]
    ) -> None:
        self._events, self._head, self._hash_of = events, head, hash_of
        self.accepted: list[str] = []  # hashes of transactions
        self._ids = count(1)
        self._filters: dict[int, _Filter] = {}

    def of_events(self, given: Mapping[str, Any], within: Callable[[Event], bool]) -> str:
        """Waits for new events of a query; `within` says whether one lies in the blocks that were asked for."""
        query = read_query(given)

        def fresh(seen: int) -> list[Any]:
            return [event for event in self._events()[seen:] if query.takes(event) and within(event)]

        return self._add(fresh, lambda: len(self._events()), given)

    def of_blocks(self) -> str:
        """Waits for new blocks, told by their hashes."""
        return self._add(
            lambda seen: [self._hash_of(number) for number in range(seen + 1, self._head() + 1)],
            self._head,
        )

    def of_transactions(self) -> str:
        """Waits for transactions that the node takes, told by their hashes."""
        return self._add(lambda seen: self.accepted[seen:], lambda: len(self.accepted))

    def changes(self, filter_id: str) -> list[Any]:
        """What has come since the last question, or since the filter was made. Raises `RpcFault`."""
        found = self._found(filter_id)
        fresh = found.fresh(found.seen)
        self._filters[int(filter_id, 16)] = found._replace(seen=found.length())
        return fresh

    def query_of(self, filter_id: str) -> Mapping[str, Any]:
        """What a filter of events was made with. Raises `RpcFault`, also for other filters."""
        query = self._found(filter_id).query
        if query is None:
            raise RpcFault(SERVER_ERROR, "filter not found")
        return query

    def remove(self, filter_id: str) -> bool:
        """Forgets a filter; False where there is none."""
        return self._filters.pop(int(filter_id, 16), None) is not None

    def _add(
        self, fresh: Callable[[int], list[Any]], length: Callable[[], int], query: Mapping[str, Any] | None = None
    ) -> str:
        present = time.monotonic()
        self._filters = {
            number: each for number, each in self._filters.items() if present - each.asked_at < _KEPT_SECONDS
        }
        number = next(self._ids)
        self._filters[number] = _Filter(fresh, length, length(), query, present)
        return hex(number)

    def _found(self, filter_id: str) -> _Filter:
        number, present = int(filter_id, 16), time.monotonic()
        found = self._filters.get(number)
        if found is None or present - found.asked_at >= _KEPT_SECONDS:
            raise RpcFault(SERVER_ERROR, "filter not found")
        self._filters[number] = found = found._replace(asked_at=present)
        return found


def _any_of(wanted: str | Sequence[str] | None) -> frozenset[str] | None:
    if wanted is None or wanted == []:
        return None
    return frozenset({wanted.lower()} if isinstance(wanted, str) else {one.lower() for one in wanted})
