"""The stream: every event once, whenever it is listed, wherever a reader stops."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random
from threading import Thread
from typing import Any
from unittest.mock import ANY
from urllib.parse import urlencode

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.core.ids import sortable_id
from chalicelib.webhooks.models.consumers import WaitRow
from chalicelib.webhooks.repository import events as rows
from chalicelib.webhooks.repository.consumers import begin_wait
from chalicelib.webhooks.service import stream
from tests.answers import made_up_bodies
from tests.webhooks.world import Partner, requests_seen

pytestmark = pytest.mark.usefixtures("storage")


def _read(partner: Partner, **query: object) -> tuple[list[str], str]:
    part = partner.get(f"/webhooks/stream?{urlencode(query)}")
    return [event["id"] for event in part["data"]], part["cursor"]


def _refusal(partner: Partner, query: str) -> str:
    reply = partner.call("GET", f"/webhooks/stream?{query}")
    assert reply.status == 400, reply
    return str(reply.json["error"]["message"])


def _listed_late(partner: Partner, made_at: datetime) -> str:
    """An event that was made at that time, and is listed now."""
    event_id = sortable_id("evt_", at=made_at)
    with made_up_bodies():
        row = rows.event_row(
            partner.origin,
            event_id,
            event_type="customer.created",
            content="{}",
            created_at=made_at,
            days=90,
            test=False,
        )
    row.save()
    return event_id


def test_it_begins_with_the_call_and_goes_on_behind_the_cursor(partner: Partner) -> None:
    partner.emit()
    before, cursor = _read(partner)
    first, second = partner.emit(), partner.emit()
    given, further = _read(partner, after=cursor)
    assert (before, given) == ([], [first, second])
    assert _read(partner, after=further)[0] == []
    assert _read(partner, after=cursor)[0] == [first, second]  # a cursor can be used again


def test_it_shows_events_as_their_list_does(partner: Partner) -> None:
    partner.emit()
    assert partner.get("/webhooks/stream?since=0")["data"] == partner.get("/webhooks/events")["data"]


def test_types_are_chosen(partner: Partner) -> None:
    partner.emit()
    wanted = partner.emit({}, event_type="newBcNftMint")
    assert _read(partner, since=0, event_types="newBcNftMint,nft.burned")[0] == [wanted]


def test_another_partners_events_are_not_in_it(partner: Partner) -> None:
    Partner("webhooks").emit()
    assert _read(partner, since=0)[0] == []


def test_a_part_has_a_hundred_events(partner: Partner) -> None:
    partner.emit_many(150)
    first, cursor = _read(partner, since=0)
    second, _ = _read(partner, after=cursor)
    assert (len(first), len(second), len({*first, *second})) == (100, 50, 150)


def test_a_part_is_smaller_where_events_are_large(partner: Partner) -> None:
    made = [partner.emit({"text": "a" * 340_000}) for _ in range(4)]
    first, cursor = _read(partner, since=0)
    second, _ = _read(partner, after=cursor)
    assert (len(first), first + second) == (2, made)


def test_an_event_that_is_listed_late_is_given(partner: Partner) -> None:
    moment = now()
    with travelled(timedelta(seconds=10)):
        newer = partner.emit()
        given, cursor = _read(partner, since=0)
        late = _listed_late(partner, moment)
        assert (given, _read(partner, after=cursor)[0]) == ([newer], [late])


def _until_all_came(partner: Partner, cursor: str) -> Iterator[list[str]]:
    """What each call gives, until all is settled and nothing more comes."""
    with travelled(timedelta(seconds=stream.SETTLED_SECONDS + 1)):
        while True:
            given, cursor = _read(partner, after=cursor)
            yield given
            if not given:
                return


@pytest.mark.parametrize("seed", range(6))
def test_each_event_is_given_once(partner: Partner, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events come many or few at once, and are listed up to 29 s late; a cursor has room for a few alone."""
    random = Random(seed)
    monkeypatch.setattr(stream, "MOST_GIVEN", random.choice((1, 3, 10)))
    monkeypatch.setattr(stream, "MOST_STREAMED", random.choice((2, 5, 100)))
    _, cursor = _read(partner)
    began = now()
    made: list[str] = []
    given: list[str] = []
    with travelled(timedelta(0)) as further:
        for _ in range(60):
            further(timedelta(milliseconds=random.choice((0, 1, 900, 7_000))))
            if random.random() < 0.6:
                late = timedelta(milliseconds=random.choice((0, 0, 40, 5_000, 29_000)))
                made.append(_listed_late(partner, max(began, now() - late)))
            else:
                events, cursor = _read(partner, after=cursor)
                given += events
        for events in _until_all_came(partner, cursor):
            given += events
    assert sorted(given) == sorted(made)


def test_a_young_event_without_room_in_the_cursor_comes_later(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "MOST_GIVEN", 1)
    first, second = partner.emit(), partner.emit()
    given, cursor = _read(partner, since=0)
    assert given == [first]
    assert next(_until_all_came(partner, cursor)) == [second]


def test_a_call_waits_for_the_next_event(partner: Partner) -> None:
    _, cursor = _read(partner)
    answers: list[Any] = []
    waiting = Thread(target=lambda: answers.append(_read(partner, after=cursor, wait=20)))
    waiting.start()
    made = partner.emit()
    waiting.join()
    [(given, _)] = answers
    assert given == [made]


def test_a_call_without_anything_ends_with_its_time(partner: Partner) -> None:
    given, cursor = _read(partner, wait=1)
    assert given == []
    made = partner.emit()
    assert _read(partner, after=cursor)[0] == [made]


def test_ten_calls_wait_at_once_and_a_dead_one_is_forgotten(partner: Partner) -> None:
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda _: _begin_wait(partner), range(13)))
    assert sum(isinstance(each, WaitRow) for each in taken) == stream.MOST_WAITING == 10
    reply = partner.call("GET", "/webhooks/stream?wait=1")
    assert reply.status == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert _read(partner) == ([], ANY)
    assert _read(Partner(), wait=1) == ([], ANY)
    event = partner.emit()
    assert _read(partner, wait=1, since=0) == ([event], ANY)
    with travelled(timedelta(minutes=2)):
        assert _read(partner, wait=1) == ([], ANY)


def test_a_call_that_has_waited_makes_room(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MOST_WAITING", 1)
    for _ in range(2):
        assert _read(partner, wait=1) == ([], ANY)


def _begin_wait(partner: Partner) -> WaitRow | datetime:
    return begin_wait(partner.origin, until=now() + timedelta(minutes=1), most=stream.MOST_WAITING)


def test_a_consumer_goes_on_from_its_stored_cursor(partner: Partner) -> None:
    first = partner.emit()
    given, cursor = _read(partner, consumer="billing", since=0)
    assert given == [first]
    stored = partner.call("POST", "/webhooks/stream", {"consumer": "billing", "cursor": cursor})
    assert stored.json == {"consumer": "billing", "cursor": cursor}
    second = partner.emit()
    assert _read(partner, consumer="billing")[0] == [second]
    assert _read(partner, consumer="mail", since=0)[0] == [first, second]
    with travelled(timedelta(days=91)):
        assert _read(partner, consumer="billing")[0] == []  # the stored cursor is forgotten


def test_a_consumer_is_its_partners_own(partner: Partner) -> None:
    partner.emit()
    _, cursor = _read(partner, since=0)
    partner.call("POST", "/webhooks/stream", {"consumer": "billing", "cursor": cursor})
    other = Partner("webhooks")
    made = other.emit()
    assert _read(other, consumer="billing", since=0)[0] == [made]


def test_what_is_no_cursor_is_refused(partner: Partner) -> None:
    refused = "is not a cursor of the stream"
    assert _refusal(partner, "after=evt_1") == f"after: {refused}"
    assert _refusal(partner, f"after={'0' * 9}{'0' * 10 * 501}") == f"after: {refused}"
    reply = partner.call("POST", "/webhooks/stream", {"consumer": "billing", "cursor": "evt_1"})
    assert (reply.status, reply.json["error"]["message"]) == (400, f"cursor: {refused}")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("wait=21", "wait: must be a whole number from 0 to 20"),
        ("wait=1.5", "wait: must be a whole number from 0 to 20"),
        ("after=00000000A&since=0", "after and since exclude each other"),
        ("after=00000000A&consumer=a", "after and consumer exclude each other"),
        ("event_types=a,,b", "event_types: must be at most 50 event types with commas between them"),
        ("since=yesterday", "since: must be an ISO 8601 time, or unix seconds of 9 to 11 digits"),
        (
            "consumer=a%20b",
            "consumer: must be 1 to 64 letters, digits, dots, underscores and hyphens",
        ),
    ],
)
def test_other_questions_are_refused(partner: Partner, query: str, message: str) -> None:
    assert _refusal(partner, query) == message


def test_a_call_that_does_not_wait_is_one_query(partner: Partner) -> None:
    _, cursor = _read(partner)
    with requests_seen() as seen:
        _read(partner, after=cursor)
    assert seen == ["Query"]
