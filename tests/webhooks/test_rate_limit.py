"""The rate limit of an endpoint: never more a second, however many workers, and not less than could be."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest

from chalicelib.core.clock import epoch_micros, now, travelled
from chalicelib.webhooks.breaker import SECOND
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import health as repository
from chalicelib.webhooks.service import gate
from tests.receivers import Receiver
from tests.webhooks.world import Partner, handle, pumping, requests_seen, side_by_side, waiting

pytestmark = pytest.mark.usefixtures("storage")

RATE = 2  # so that an interval, the tolerance, is longer than what a busy machine is late by
INTERVAL = SECOND // RATE


def _limited(partner: Partner, url: str = "https://hooks.example.com/in") -> EndpointRow:
    partner.endpoint(url, rate_limit=RATE)
    [row] = endpoint_rows.all_endpoints(partner.origin)
    return row


def _never_more_than_the_limit(times: list[float]) -> None:
    """Any `RATE` + 1 calls take a second, less the tolerance of one interval."""
    times = sorted(times)
    assert all(later - earlier >= 1 - 1 / RATE for earlier, later in zip(times, times[RATE:], strict=False)), times


def test_slots_of_ten_workers_are_an_interval_apart_without_a_gap(partner: Partner) -> None:
    row, at = _limited(partner), epoch_micros(now())

    def take(_: int) -> int | None:
        return repository.take_slot(row, at=at, interval=INTERVAL, ahead=1000 * SECOND)

    with ThreadPoolExecutor(10) as workers:
        slots = list(workers.map(take, range(60)))
    taken = sorted(slot for slot in slots if slot is not None)
    assert taken[0] == at
    assert {later - earlier for earlier, later in pairwise(taken)} == {INTERVAL}
    assert len(taken) >= 58  # two at most that began it at the same moment come back


def test_slots_end_where_the_time_ahead_ends_and_an_idle_time_is_not_saved_up(partner: Partner) -> None:
    row, at = _limited(partner), epoch_micros(now())

    def take(moment: int) -> int | None:
        return repository.take_slot(row, at=moment, interval=INTERVAL, ahead=SECOND)

    assert [take(at) for _ in range(RATE + 2)] == [*[at + number * INTERVAL for number in range(RATE + 1)], None]
    later = at + 3600 * SECOND
    assert [take(later) for _ in range(2)] == [later, later + INTERVAL]


def test_backlog_goes_out_in_the_right_time_and_never_faster(partner: Partner, receiver: Receiver) -> None:
    _limited(partner, receiver.url)
    partner.emit_many(10)
    with pumping(0.004, concurrency=5):  # a sweep each quarter of a second
        requests = receiver.wait_for(10, timeout=300)
    times = [request.at for request in requests]
    _never_more_than_the_limit(times)
    assert max(times) - min(times) >= 9 / RATE - 0.3
    assert len({request.headers["webhook-id"] for request in requests}) == 10


def test_waiting_costs_no_attempt(partner: Partner, receiver: Receiver) -> None:
    _limited(partner, receiver.url)
    partner.emit_many(6)
    side_by_side(waiting(partner), workers=6)
    sent = len(receiver.requests)
    assert 1 <= sent <= 3
    put_off = partner.deliveries("?status=scheduled")
    assert len(put_off) == 6 - sent
    assert all(delivery["attempts"] == [] for delivery in put_off)


def test_crowd_that_comes_late_to_its_places_does_not_break_the_limit(partner: Partner, receiver: Receiver) -> None:
    _limited(partner, receiver.url)
    partner.emit_many(20)
    side_by_side(waiting(partner))
    early = len(receiver.requests)
    with travelled(timedelta(minutes=1)):
        side_by_side(waiting(partner))
    late = [request.at for request in receiver.requests[early:]]
    _never_more_than_the_limit(late)
    assert len(late) >= RATE


def test_places_end_where_sqs_cannot_wait_and_the_rest_ask_again(partner: Partner) -> None:
    row = _limited(partner)
    at = epoch_micros(now())

    def admitted(next_place: int) -> gate.Passage:
        row.update(
            actions=[EndpointRow.next_slot.set(at + 50 * SECOND), EndpointRow.next_place.set(at + next_place * SECOND)]
        )
        return gate.admit(row, cleared=False)

    assert admitted(599) == gate.Passage(wait_until=at + 599 * SECOND, cleared=True)
    beyond = admitted(700)
    assert not beyond.cleared
    assert beyond.wait_until is not None
    assert 149 * SECOND < beyond.wait_until - at < 310 * SECOND


def test_endpoint_without_a_limit_is_asked_nothing(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit_many(20)
    handle(*waiting(partner)[:1])
    messages = waiting(partner)
    random.shuffle(messages)
    with requests_seen() as seen:
        handle(*messages)
    assert sorted(seen) == ["GetItem"] * 19 + ["UpdateItem"] * (19 + 19 + 1)
    assert len(receiver.requests) == 20
