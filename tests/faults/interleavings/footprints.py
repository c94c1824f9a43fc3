"""What each request reads and writes, and from that where in a step another one makes a difference.

A request of the first actor that has nothing to do with the second one's step may stand before it or after it: the
outcome is one. So of all places between two requests that do have to do with it, one is enough, as in partial-order
reduction of a model checker. Only on the embedded engine, which tells of each item.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.faults.interleavings.accesses import BY, Access, Resource
from tests.faults.interleavings.actors import SECOND, present

CHAIN: Resource = ("chain",)
_READING_KMS = ("Decrypt", "Describe", "Encrypt", "Generate", "Get", "List", "Sign", "Verify")
_READING_SQS = ("GetQueueAttributes", "GetQueueUrl", "ListQueues")
_READING_S3 = ("GetObject", "HeadObject", "ListObjects")
_ELSEWHERE = ("queue", "object")
_SENDING_RPC = ("eth_send", "evm_", "anvil_")


class Footprint(NamedTuple):
    """What some requests read and what they write: items, queues, objects, the chain.

    `shown` is everything whose readers see a write: the item's partition and its places in indexes too.
    """

    reads: set[Resource]
    writes: set[Resource]
    shown: set[Resource]

    @staticmethod
    def empty() -> "Footprint":
        """Of nothing."""
        return Footprint(set(), set(), set())

    def add(self, access: Access) -> None:
        """That belongs to it too."""
        self.reads.update(access.read)
        self.writes.update(access.changed)
        self.shown.update(access.shown)

    def meets(self, other: "Footprint") -> bool:
        """True where the order of the two may make a difference."""
        return not (
            self.writes.isdisjoint(other.writes)
            and self.shown.isdisjoint(other.reads)
            and self.reads.isdisjoint(other.shown)
        )


class Footprints:
    """Those of the first actor's requests, one by one, and that of all that the second actor did."""

    def __init__(self, indexes_lag: Callable[[], bool] = lambda: False) -> None:
        self.first: list[Footprint] = []
        self.second = Footprint.empty()
        self.indexes_lag = indexes_lag

    def request(self, operation: str, address: str) -> None:
        """A request leaves, such as `sqs.SendMessage`, for a queue, an object or nothing in particular."""
        if present() != SECOND:
            self.first.append(Footprint.empty())
        service, _, name = operation.rpartition(".")
        if service == "sqs":
            self._note(("queue", address), reads=name in _READING_SQS)
        elif service == "s3":
            self._note(("object", address.partition("?")[0]), reads=name.startswith(_READING_S3))
        elif service == "kms":
            self._note(("keys",), reads=name.startswith(_READING_KMS))
        elif service == "rpc":
            self._note(CHAIN, reads=not name.startswith(_SENDING_RPC))
        elif service != "dynamodb":
            self._note((service, name), reads=False)

    def hear(self, access: Access) -> None:
        """The engine reads or changes an item."""
        if access.read and self.indexes_lag():  # then they are as they were, whatever anybody does
            access = Access(read=frozenset(each for each in access.read if not _is_by_index(each)))
        self._present().add(access)

    def next_place(self, place: int, *, taken: int) -> int | None:
        """The next request before which the second step, taken that many times from `place` on, may end otherwise.

        None where all the others are like this one.
        """
        for number, request in enumerate(self.first[place - 1 :], place):
            if request.meets(self.second):
                return max(place + 1, number + 2 - taken)
        return None

    def meet(self) -> bool:
        """True where the order of any two requests of the two actors may make a difference."""
        return any(request.meets(self.second) for request in self.first)

    def ask_indexes(self) -> bool:
        """True where anything was read by an index."""
        return any(_is_by_index(resource) for each in (*self.first, self.second) for resource in each.reads)

    def read_alone(self) -> frozenset[Resource] | None:
        """All that the first actor read, where that was in tables, keys and the chain, and it did nothing else."""
        read = frozenset(resource for each in self.first for resource in each.reads)
        if any(each.writes for each in self.first) or any(kind in _ELSEWHERE for kind, *_ in read):
            return None
        return read

    def _note(self, resource: Resource, *, reads: bool) -> None:
        one = frozenset([resource])
        self._present().add(Access(read=one) if reads else Access(changed=one, shown=one))

    def _present(self) -> Footprint:
        if present() == SECOND:
            return self.second
        return self.first[-1] if self.first else Footprint.empty()


def _is_by_index(resource: Resource) -> bool:
    return resource[1:2] == (BY,)
