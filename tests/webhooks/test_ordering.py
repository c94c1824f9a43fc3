"""Deliveries one at a time and in order for each subject: whatever is repeated, reordered or dies on the way."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.gardenlab.domain import BUDGET_EVENT
from chalicelib.webhooks.models.lines import LineRow, PlaceRow, line_pk, place_sk
from chalicelib.webhooks.repository.deliveries import find_delivery
from chalicelib.webhooks.service.event_types import known_event_types, sample_content, subject_of
from tests.faults.recovery import lose_messages
from tests.faults.wire import meanwhile
from tests.receivers import Answer, Received, Receiver
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import Partner, drain, handle, message, requests_seen, side_by_side, until_due, waiting

pytestmark = pytest.mark.usefixtures("storage")


def _ordered(partner: Partner, url: str, **fields: Any) -> str:
    return str(partner.endpoint(url, ordering="per_subject", **fields)["id"])


def _emit(partner: Partner, subject: str, count: int = 1) -> list[str]:
    """Events about a customer; their ids."""
    content = {"data": {"object": {"object": "customer", "id": subject}}}
    return [partner.emit(content, event_type="customer.updated") for _ in range(count)]


def _records(partner: Partner) -> list[dict[str, Any]]:
    """A record for each delivery, the oldest event's first."""
    return [message(partner.origin, each["id"]) for each in reversed(partner.deliveries("?limit=100"))]


def _shown(requests: Sequence[Received]) -> list[tuple[str, int]]:
    return [(each.headers["webhook-id"], int(each.headers["webhook-sequence"])) for each in requests]


def _places(partner: Partner) -> int:
    return sum(1 for row in PlaceRow.scan(PlaceRow.sk.startswith("PLACE")) if row.pk.startswith(f"{partner.origin}#"))


def test_order_is_kept_though_the_queue_reorders_and_repeats(partner: Partner, receiver: Receiver) -> None:
    _ordered(partner, receiver.url)
    ada = _emit(partner, "ada", 2)
    bob = _emit(partner, "bob", 2)
    ada += _emit(partner, "ada", 2)
    lose_messages()
    records = _records(partner)
    for each in [*reversed(records), *records]:
        assert handle(each) == []
    drain()
    received = _shown(receiver.requests)
    assert [each for each in received if each[0] in ada] == [(event, n + 1) for n, event in enumerate(ada)]
    assert [each for each in received if each[0] in bob] == [(event, n + 1) for n, event in enumerate(bob)]
    assert len(received) == 6
    assert _places(partner) == 0
    assert {each["sequence"] for each in partner.deliveries()} == {1, 2, 3, 4}


def test_a_failing_one_holds_up_its_own_subject_alone(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver, travelled(timedelta(0)) as further:
        _ordered(partner, receiver.url)
        first, second = _emit(partner, "ada", 2)
        [other] = _emit(partner, "bob")
        lose_messages()
        for each in _records(partner):
            handle(each)
        assert _shown(receiver.requests) == [(first, 1), (other, 1)]
        failing = next(each for each in partner.deliveries() if each["event_id"] == first)
        further(until_due(failing))
        handle(message(partner.origin, failing["id"]))
        drain()
    assert _shown(receiver.requests[2:]) == [(first, 1), (second, 2)]


def test_an_exhausted_one_lets_the_next_go_which_shows_the_gap(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10) as receiver, travelled(timedelta(0)) as further:
        endpoint = _ordered(partner, receiver.url)
        first, second = _emit(partner, "ada", 2)
        lose_messages()
        while (shown := partner.deliveries(f"?endpoint={endpoint}")[1])["status"] == "scheduled":
            further(max(timedelta(0), until_due(shown)))
            for each in _records(partner):
                handle(each)
        assert shown["status"] == "exhausted"
        further(timedelta(hours=1))
        drain()
        assert _shown(receiver.requests) == [(first, 1)] * 10 + [(second, 2)]
        assert partner.call("POST", f"/webhooks/deliveries/{shown['id']}/replay").status == 200
        drain()
        assert _shown(receiver.requests[11:]) == [(first, 1)]
        [third] = _emit(partner, "ada")
        heal()  # the breaker lets the backlog out by and by
        assert _shown(receiver.requests[12:]) == [(third, 3)]


def test_workers_side_by_side_send_one_at_a_time(partner: Partner) -> None:
    open_now: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def behave(talk: Any) -> None:
        request = talk.request
        while request is not None:
            subject = "ada" if b"ada" in request.body else "bob"
            open_now[subject] += 1
            most[subject] = max(most[subject], open_now[subject])
            talk.wait(0.01)
            open_now[subject] -= 1
            talk.send(Answer().to_bytes())
            request = talk.read_request()

    with Receiver(behave) as receiver:
        _ordered(partner, receiver.url)
        events = {subject: _emit(partner, subject, 8) for subject in ("ada", "bob")}
        side_by_side(_records(partner) * 2, workers=4)
        drain()
        while any(each["status"] == "scheduled" for each in partner.deliveries()):
            side_by_side(_records(partner), workers=4)
            drain()
        by_subject = {
            name: [each for each in partner.deliveries() if each["event_id"] in events[name]] for name in most
        }
    assert most == {"ada": 1, "bob": 1}
    for name, listed in by_subject.items():
        assert [each["sequence"] for each in listed] == list(range(8, 0, -1)), name
        ended = [datetime.fromisoformat(each["attempts"][0]["at"]) for each in reversed(listed)]
        assert ended == sorted(ended)


@pytest.mark.usefixtures("one_shard")
def test_order_is_kept_though_the_worker_dies_at_any_step(receiver: Receiver) -> None:
    def prepare() -> tuple[Partner, list[str], list[dict[str, Any]]]:
        partner = Partner()
        _ordered(partner, receiver.url)
        events = _emit(partner, "ada", 2)
        lose_messages()
        return partner, events, _records(partner)

    def work(made: tuple[Partner, list[str], list[dict[str, Any]]]) -> None:
        first, second = made[2]
        handle(second)
        handle(first)
        handle(second)

    for partner, events, _ in killed_at_each_step(prepare, work):
        heal()
        assert [each["status"] for each in partner.deliveries()] == ["delivered"] * 2
        mine = [each for each in _shown(receiver.requests) if each[0] in events]
        assert mine == sorted(mine, key=lambda each: each[1])
        assert set(mine) == {(events[0], 1), (events[1], 2)}
        assert _places(partner) == 0


def test_one_that_lets_go_while_the_one_before_ends_is_asked_for(partner: Partner, receiver: Receiver) -> None:
    _ordered(partner, receiver.url)
    events = _emit(partner, "ada", 2)
    lose_messages()
    first, second = _records(partner)

    def end_the_first() -> None:
        assert handle(first) == []
        drain()  # the message for the second finds it in the other worker's hands

    with meanwhile(lambda: None, end_the_first, before="dynamodb.UpdateItem") as made:
        assert handle(second) == []
    assert len(made) == 2
    drain()
    assert _shown(receiver.requests) == [(events[0], 1), (events[1], 2)]


def test_what_is_replayed_waits_for_the_one_that_has_its_turn(partner: Partner) -> None:
    with Receiver(answers=[Answer(), Answer(500)]) as receiver, travelled(timedelta(0)) as further:
        _ordered(partner, receiver.url)
        first, second = _emit(partner, "ada", 2)
        lose_messages()
        records = _records(partner)
        handle(records[0])
        handle(records[1])
        assert partner.call("POST", f"/webhooks/deliveries/{partner.deliveries()[1]['id']}/replay").status == 200
        handle(records[0])
        assert _shown(receiver.requests) == [(first, 1), (second, 2)]
        further(until_due(partner.deliveries()[0]))
        handle(records[1])
        drain()
    assert _shown(receiver.requests[2:]) == [(second, 2), (first, 1)]


def test_disabled_ones_end_and_are_recovered_in_order(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        endpoint = _ordered(partner, receiver.url)
        events = _emit(partner, "ada", 3)
        for each in _records(partner):
            handle(each)
        path = f"/webhooks/endpoints/{endpoint}"
        partner.call("PATCH", path, {"enabled": False})
        events += _emit(partner, "ada")
        with travelled(timedelta(hours=1)):
            heal()
            assert [each["status"] for each in partner.deliveries()] == ["disabled"] * 4
            assert _places(partner) == 0
            partner.call("PATCH", path, {"enabled": True})
            assert partner.call("POST", f"{path}/recover", {"since": 0}).json == {"count": 4}
            heal()
    assert _shown(receiver.requests) == [(events[0], 1), *((event, n + 1) for n, event in enumerate(events))]


def test_a_canceled_one_lets_the_next_go(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        _ordered(partner, receiver.url)
        first, _, third = _emit(partner, "ada", 3)
        lose_messages()
        records = _records(partner)
        for each in records:
            handle(each)
        for waits in (True, False):
            canceled = partner.deliveries()[1 if waits else 2]["id"]
            assert partner.call("POST", f"/webhooks/deliveries/{canceled}/cancel").status == 200
            drain()
            assert len(receiver.requests) == (1 if waits else 2)
    assert _shown(receiver.requests) == [(first, 1), (third, 2)]
    assert _places(partner) == 0


def test_all_that_is_canceled_at_once_lets_the_next_go(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        endpoint = _ordered(partner, receiver.url)
        first, _ = _emit(partner, "ada", 2)
        content = {"data": {"object": {"object": "customer", "id": "ada"}}}
        third = partner.emit(content, event_type="customer.deleted")
        lose_messages()
        for each in _records(partner):
            handle(each)
        path = f"/webhooks/endpoints/{endpoint}/cancel_pending"
        body = {"since": 0, "event_types": ["customer.updated"]}
        assert partner.call("POST", path, body).json == {"count": 2}
        drain()
    assert _shown(receiver.requests) == [(first, 1), (third, 2)]
    assert _places(partner) == 0


def test_one_that_is_canceled_while_it_is_sent_keeps_its_turn(partner: Partner) -> None:
    def cancel_and_try_the_next(talk: Any) -> None:
        if len(receiver.requests) == 1:
            assert partner.call("POST", f"/webhooks/deliveries/{partner.deliveries()[1]['id']}/cancel").status == 200
            drain()
            handle(second)
        talk.send(Answer().to_bytes())

    with Receiver(cancel_and_try_the_next) as receiver:
        _ordered(partner, receiver.url)
        events = _emit(partner, "ada", 2)
        lose_messages()
        first, second = _records(partner)
        handle(first)
        assert _shown(receiver.requests) == [(events[0], 1)]
        drain()
        assert _shown(receiver.requests) == [(events[0], 1), (events[1], 2)]
    assert {each["status"] for each in partner.deliveries()} == {"delivered"}


def test_one_that_is_canceled_while_it_is_about_to_wait_ends(partner: Partner, receiver: Receiver) -> None:
    _ordered(partner, receiver.url)
    events = _emit(partner, "ada", 3)
    lose_messages()
    first, second, third = _records(partner)

    def cancel() -> None:
        assert partner.call("POST", f"/webhooks/deliveries/{partner.deliveries()[1]['id']}/cancel").status == 200

    with meanwhile(lambda: None, cancel, before="dynamodb.UpdateItem") as made:
        assert handle(second) == []
    assert len(made) == 2
    for each in (third, first):
        handle(each)
    drain()
    assert _shown(receiver.requests) == [(events[0], 1), (events[2], 2)]
    assert _places(partner) == 0


def test_a_place_that_was_left_behind_stays_where_its_delivery_is_replayed_meanwhile(
    partner: Partner, receiver: Receiver
) -> None:
    _ordered(partner, receiver.url)
    first, second = _emit(partner, "ada", 2)
    sent, waiting_one = _records(partner)
    handle(sent)
    lose_messages()
    row = find_delivery(partner.origin, partner.deliveries()[1]["id"])
    assert row is not None
    PlaceRow(line_pk(row), place_sk(row)).save()  # as a worker of a version from before left it

    def replay() -> None:
        assert partner.call("POST", f"/webhooks/deliveries/{row.id}/replay").status == 200

    with meanwhile(replay) as made:
        handle(waiting_one)
    assert made
    assert len(receiver.requests) == 1
    drain()
    assert [each.headers["webhook-id"] for each in receiver.requests] == [first, first, second]
    assert _places(partner) == 0


def test_deliveries_of_a_deleted_endpoint_end_though_they_wait(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        endpoint = _ordered(partner, receiver.url)
        _emit(partner, "ada", 3)
        for each in _records(partner):
            handle(each)
        partner.call("DELETE", f"/webhooks/endpoints/{endpoint}")
        assert [each["status"] for each in partner.deliveries()] == ["disabled"] * 3
        with travelled(timedelta(hours=1)):
            heal()
    assert len(receiver.requests) == 1


def test_events_that_it_never_got_come_in_order(partner: Partner, receiver: Receiver) -> None:
    ada = _emit(partner, "ada", 5)
    bob = _emit(partner, "bob", 3)
    endpoint = _ordered(partner, receiver.url)
    path = f"/webhooks/endpoints/{endpoint}/replay_missing"
    assert partner.call("POST", path, {"since": 0}).json["count"] == 8
    drain()
    received = _shown(receiver.requests)
    for events in (ada, bob):
        assert [each for each in received if each[0] in events] == [(event, n + 1) for n, event in enumerate(events)]


def test_what_has_no_subject_and_what_is_not_ordered_has_no_number(partner: Partner, receiver: Receiver) -> None:
    ordered = _ordered(partner, receiver.url, event_types=["customer.created"])
    partner.endpoint(receiver.url, event_types=["customer.updated"])
    partner.emit({"a": 1})
    _emit(partner, "ada")
    drain()
    assert ["webhook-sequence" in each.headers for each in receiver.requests] == [False, False]
    assert [each["sequence"] for each in partner.deliveries()] == [None, None]
    assert not [row for row in LineRow.scan() if row.pk.startswith(f"{partner.origin}#LINE")]
    assert partner.get(f"/webhooks/endpoints/{ordered}")["ordering"] == "per_subject"


def test_ordering_can_be_changed_and_what_waits_goes_on(partner: Partner, receiver: Receiver) -> None:
    endpoint = _ordered(partner, receiver.url)
    events = _emit(partner, "ada", 2)
    lose_messages()
    path = f"/webhooks/endpoints/{endpoint}"
    assert partner.call("PATCH", path, {"ordering": "by_chance"}).status == 400
    assert partner.call("PATCH", path, {"ordering": "none"}).json["ordering"] == "none"
    first, second = _records(partner)
    handle(second)
    handle(first)
    drain()
    assert _shown(receiver.requests) == [(events[0], 1), (events[1], 2)]
    _emit(partner, "ada")
    drain()
    assert "webhook-sequence" not in receiver.requests[-1].headers


def test_order_costs_four_requests_a_delivery_and_none_without(partner: Partner, receiver: Receiver) -> None:
    """The line before and after, the place that had its turn before; the turn, and a transaction for the outcome."""
    endpoint = _ordered(partner, receiver.url)
    seen = {ordering: _requests_of_one(partner, endpoint, ordering) for ordering in ("per_subject", "none")}
    assert seen["none"] == {"UpdateItem": 3, "GetItem": 1}  # of them a count, and the event
    more = {"Query": 2, "GetItem": 1, "TransactWriteItems": 1}
    assert seen["per_subject"] == seen["none"] + Counter(more)


def _requests_of_one(partner: Partner, endpoint: str, ordering: str) -> Counter[str]:
    """The requests of a delivery that goes well, behind another of its subject."""
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"ordering": ordering})
    for _ in range(2):
        _emit(partner, "ada")
        lose_messages()
        [record] = waiting(partner)
        with requests_seen() as seen:
            handle(record)
    return Counter(seen)


@pytest.mark.parametrize("event_type", known_event_types())
def test_every_type_of_events_says_what_it_is_about(event_type: str) -> None:
    """But for what is about the partner."""
    assert bool(subject_of(event_type, sample_content(event_type))) == (event_type != BUDGET_EVENT)
