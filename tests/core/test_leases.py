"""Ids leased in blocks: none twice, few requests, gaps alone where a process ends."""

from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from chalicelib.core.leases import MAX_BLOCK, IdLease, Leases


class Counter:
    """The shared counter, with every block that was taken from it."""

    def __init__(self) -> None:
        self.next = 1
        self.blocks: list[int] = []
        self._lock = Lock()

    def allocate(self, count: int) -> int:
        with self._lock:
            first, self.next = self.next, self.next + count
            self.blocks.append(count)
            return first


def test_ids_of_one_process_rise_without_gaps() -> None:
    lease = IdLease(Counter().allocate)
    assert [lease.take()[0] for _ in range(200)] == list(range(1, 201))


def test_blocks_double_up_to_the_greatest() -> None:
    counter = Counter()
    lease = IdLease(counter.allocate)
    for _ in range(1000):
        lease.take()
    assert counter.blocks[:7] == [1, 2, 4, 8, 16, 32, 64]
    assert set(counter.blocks[7:]) == {MAX_BLOCK}


def test_many_ids_at_once_are_one_request() -> None:
    counter = Counter()
    lease = IdLease(counter.allocate)
    assert lease.take(100) == list(range(1, 101))
    assert counter.blocks == [100]


def test_what_was_prepared_costs_no_further_request() -> None:
    counter = Counter()
    lease = IdLease(counter.allocate)
    lease.prepare(50)
    assert [lease.take()[0] for _ in range(50)] == list(range(1, 51))
    assert counter.blocks == [50]


def test_ids_given_back_are_handed_out_next_in_their_order() -> None:
    lease = IdLease(Counter().allocate)
    taken = lease.take(5)
    lease.give_back([taken[3], taken[1]])
    assert lease.take(3) == [2, 4, 6]


def test_threads_and_processes_never_share_an_id() -> None:
    counter = Counter()
    leases = [IdLease(counter.allocate) for _ in range(3)]
    with ThreadPoolExecutor(12) as pool:
        taken = list(pool.map(lambda number: leases[number % 3].take(number % 5 + 1), range(300)))
    ids = [each for block in taken for each in block]
    assert len(set(ids)) == len(ids)


def test_the_lease_that_was_not_asked_for_the_longest_makes_room() -> None:
    counters = {name: Counter() for name in ("one", "two", "three")}
    leases: Leases[str] = Leases(lambda name: counters[name].allocate, max_leases=2)
    first = leases.of("one")
    first.prepare(4)
    leases.of("two").prepare(4)
    assert leases.of("one") is first
    assert leases.of("three").take() == [1]
    assert leases.of("one") is first
    assert leases.of("two").take() == [5], "the ids of before are gaps"
