"""Events that an endpoint never got are delivered on demand: those that it wants, once each, whatever dies."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.webhooks.models.deliveries import DELIVERY_SK, MISSING_SK, DeliveryRow, RecoveryRow, delivery_pk
from chalicelib.webhooks.queues import FAST, SLOW, recover_message
from chalicelib.webhooks.repository.deliveries import find_delivery
from chalicelib.webhooks.repository.recoveries import find_recovery
from chalicelib.webhooks.service import missing, ordering, recoveries
from tests.faults.lagging import indexes_standing_still
from tests.faults.wire import meanwhile
from tests.platform import start_platform
from tests.receivers import Receiver
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import Partner, drain, handle, messages_in, record

pytestmark = pytest.mark.usefixtures("storage")


def _replay(partner: Partner, endpoint: str, **fields: Any) -> Any:
    reply = partner.call("POST", f"/webhooks/endpoints/{endpoint}/replay_missing", {"since": 0, **fields})
    assert reply.status == 200, reply
    return reply.json


def _count(partner: Partner, endpoint: str, **fields: Any) -> int:
    replayed = _replay(partner, endpoint, **fields)
    assert replayed["next_since"] is None
    return int(replayed["count"])


def _ids(receiver: Receiver) -> list[str]:
    return sorted(request.headers["webhook-id"] for request in receiver.requests)


def _hourly(partner: Partner, *, events: int) -> tuple[list[str], list[datetime]]:
    """So many events, an hour apart, of two types in turn; and a time before each."""
    recorded, times = [], []
    with travelled(timedelta(hours=-events)) as further:
        for number in range(events):
            times.append(now())
            further(timedelta(seconds=1))
            event_type = "customer.updated" if number % 2 else "customer.created"
            recorded.append(partner.emit({"number": number}, event_type=event_type))
            further(timedelta(hours=1))
    return recorded, times


def test_a_new_endpoint_gets_the_events_from_before_it(partner: Partner, receiver: Receiver) -> None:
    events, _ = _hourly(partner, events=4)
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.call("POST", f"/webhooks/endpoints/{endpoint}/test", {"event_type": "customer.created"})
    drain()
    assert len(receiver.requests) == 1
    assert _count(partner, endpoint, dry_run=True) == 4
    drain()
    assert len(receiver.requests) == 1
    assert _count(partner, endpoint) == 4
    drain()
    received = {request.headers["webhook-id"]: request.body for request in receiver.requests[1:]}
    assert received == {event: b'{"number":%d}' % number for number, event in enumerate(events)}
    listed = partner.deliveries(f"?endpoint={endpoint}")
    assert [each["event_id"] for each in listed[1:]] == events[::-1]  # by when the events happened
    assert {each["status"] for each in listed} == {"delivered"}
    assert _count(partner, endpoint, dry_run=True) == 0


def test_bounds_and_types_choose(partner: Partner, receiver: Receiver) -> None:
    events, times = _hourly(partner, events=6)
    endpoint = partner.endpoint(receiver.url)["id"]
    span = {"since": times[1].isoformat(), "until": int(times[5].timestamp())}
    assert _count(partner, endpoint, **span, dry_run=True) == 4
    assert _count(partner, endpoint, since=times[4].isoformat(), dry_run=True) == 2
    assert _count(partner, endpoint, **span, event_types=["customer.updated"]) == 2
    drain()
    assert _ids(receiver) == sorted([events[1], events[3]])
    assert _count(partner, endpoint, since="2999-01-01") == 0


def test_only_what_the_endpoint_wants_now_is_delivered(partner: Partner, receiver: Receiver) -> None:
    narrow = [[{"field": "number", "gte": 4}]]
    endpoint = partner.endpoint(receiver.url, event_types=["customer.updated"], filter=narrow)["id"]
    events, _ = _hourly(partner, events=8)
    drain()
    assert _ids(receiver) == sorted([events[5], events[7]])
    assert _count(partner, endpoint, dry_run=True) == 0
    wider = {"event_types": ["customer.created", "customer.updated"], "filter": [[{"field": "number", "gte": 2}]]}
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", wider)
    assert _count(partner, endpoint) == 4
    drain()
    assert _ids(receiver) == sorted(events[2:])


def test_what_has_a_delivery_is_not_missing_whatever_came_of_it(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url, enabled=False)["id"]
    partner.emit()
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
    partner.emit()
    assert _count(partner, endpoint) == 0
    drain()
    assert sorted(each["status"] for each in partner.deliveries()) == ["delivered", "disabled"]


def test_deliveries_from_before_their_ids_told_the_event_count_too(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit_many(3)
    drain()
    for shown in partner.deliveries():
        row = find_delivery(partner.origin, shown["id"])
        assert row is not None
        row.delete()
        older = shown["id"][:-2] + ("00" if shown["id"][-2:] != "00" else "01")
        values = {**row.attribute_values, "pk": delivery_pk(partner.origin, older), "id": older, "list_sort": older}
        DeliveryRow(**{**values, "sk": DELIVERY_SK}).save()
    assert _count(partner, endpoint) == 0
    drain()
    assert len(receiver.requests) == 3


def test_an_index_that_lags_makes_nothing_twice(partner: Partner, receiver: Receiver) -> None:
    first = partner.endpoint(receiver.url)["id"]
    partner.emit()
    with indexes_standing_still():
        partner.emit()
        assert _count(partner, first) == 0
    second = partner.endpoint(receiver.url)["id"]
    with indexes_standing_still():
        assert (_count(partner, second), _count(partner, second)) == (2, 2)
        drain()
        assert _count(partner, second) == 0
    drain()
    assert len(receiver.requests) == 4


def test_two_calls_and_their_repeated_messages_make_one_delivery_each(partner: Partner, receiver: Receiver) -> None:
    partner.emit_many(5)
    endpoint = partner.endpoint(receiver.url)["id"]
    counts: list[int] = []
    with meanwhile(lambda: counts.append(_count(partner, endpoint))):
        counts.append(_count(partner, endpoint))
    messages = [record(recover_message(partner.origin, each).encode()) for each in _open_recoveries(partner)]
    assert handle(*messages, *messages) == []
    drain()
    assert counts == [5, 5]
    assert len(receiver.requests) == len(partner.deliveries()) == 5


def test_what_another_worker_delivers_meanwhile_holds_up_none_of_the_others(
    partner: Partner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "_SIDE_BY_SIDE", 1)  # all in one transaction
    events, _ = _hourly(partner, events=4)
    endpoint = partner.endpoint(receiver.url)["id"]
    assert _count(partner, endpoint) == 4
    [every] = _open_recoveries(partner)
    assert _count(partner, endpoint, event_types=["customer.updated"]) == 2
    [some] = set(_open_recoveries(partner)) - {every}
    of_every, of_some = (record(recover_message(partner.origin, each).encode()) for each in (every, some))
    with meanwhile(lambda: handle(of_some)) as made:
        assert handle(of_every) == []
    assert made
    drain()
    assert _ids(receiver) == sorted(events)


def _open_recoveries(partner: Partner) -> list[str]:
    rows = RecoveryRow.scan((RecoveryRow.sk == MISSING_SK) & (RecoveryRow.origin == partner.origin))
    return [row.id for row in rows]


def test_it_goes_page_by_page_through_the_slow_lane(partner: Partner, receiver: Receiver) -> None:
    partner.emit_many(5)
    endpoint = partner.endpoint(receiver.url)["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missing, "_PAGE", 2)
        assert _count(partner, endpoint) == 5
        assert (messages_in(FAST)[0], messages_in(SLOW)[0]) == (0, 1)
        [recovery] = _open_recoveries(partner)
        pages = 0
        while (row := find_recovery(partner.origin, recovery)) and row.again_at is None:
            assert handle(record(recover_message(partner.origin, recovery).encode())) == []
            pages += 1
            assert messages_in(FAST)[0] == 0
        assert pages == 3
    drain()
    assert len(receiver.requests) == 5


def test_a_call_looks_at_so_many_events_and_the_next_goes_on(partner: Partner, receiver: Receiver) -> None:
    events, _ = _hourly(partner, events=7)
    endpoint = partner.endpoint(receiver.url)["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missing, "MOST_EVENTS", 3)
        counts, since = [], "2020-01-01"
        while since is not None:
            replayed = _replay(partner, endpoint, since=since)
            counts.append(replayed["count"])
            since = replayed["next_since"]
            drain()
            assert len(receiver.requests) == sum(counts)
    assert counts == [2, 2, 3]
    assert _ids(receiver) == sorted(events)


def test_a_call_always_comes_on_though_much_happened_at_once(partner: Partner, receiver: Receiver) -> None:
    with travelled(timedelta(hours=-1)), pytest.MonkeyPatch.context() as patch:
        moment = now()
        patch.setattr("chalicelib.webhooks.service.events.now", lambda: moment)
        partner.emit_many(5)
    endpoint = partner.endpoint(receiver.url)["id"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missing, "MOST_EVENTS", 3)
        replayed = _replay(partner, endpoint)
        assert datetime.fromisoformat(replayed["next_since"]) > moment
        drain()
        assert _replay(partner, endpoint, since=replayed["next_since"]) == {"count": 0, "next_since": None}
    assert len(receiver.requests) == 5


def test_what_is_being_recorded_meanwhile_is_found_the_second_time(partner: Partner, receiver: Receiver) -> None:
    made: list[str] = []

    def create_and_replay() -> None:
        made.append(partner.endpoint(receiver.url)["id"])
        assert _count(partner, made[0]) == 0

    with meanwhile(create_and_replay, before="dynamodb.PutItem"):
        event = partner.emit()  # which read the endpoints before there was one
    drain()
    assert receiver.requests == []
    with travelled(timedelta(minutes=3)):
        heal()
    assert _ids(receiver) == [event]


def test_disabled_endpoint_is_refused_and_one_disabled_meanwhile_gets_nothing_yet(
    partner: Partner, receiver: Receiver
) -> None:
    partner.emit()
    endpoint = partner.endpoint(receiver.url, enabled=False)["id"]
    path = f"/webhooks/endpoints/{endpoint}"
    assert _count(partner, endpoint, dry_run=True) == 1
    assert partner.call("POST", f"{path}/replay_missing", {"since": 0}).status == 400
    partner.call("PATCH", path, {"enabled": True})
    assert _count(partner, endpoint) == 1
    partner.call("PATCH", path, {"enabled": False})
    drain()
    assert partner.delivery()["status"] == "disabled"
    partner.call("PATCH", path, {"enabled": True})
    assert partner.call("POST", f"{path}/recover", {"since": 0}).json == {"count": 1}
    drain()
    assert len(receiver.requests) == 1


def test_endpoint_deleted_meanwhile_gets_nothing(partner: Partner, receiver: Receiver) -> None:
    partner.emit()
    endpoint = partner.endpoint(receiver.url)["id"]
    assert _count(partner, endpoint) == 1
    partner.call("DELETE", f"/webhooks/endpoints/{endpoint}")
    heal()
    assert (partner.deliveries(), receiver.requests, _open_recoveries(partner)) == ([], [], [])


def test_it_is_in_the_audit_log_where_something_came_of_it(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    assert _count(partner, endpoint) == 0
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"event_types": ["customer.deleted"]})
    partner.emit()
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"event_types": []})
    assert _count(partner, endpoint, since="2026-01-01", until="2999-01-01") == 1
    entries = start_platform().admin("GET", f"/{partner.origin}/audit").json["data"]
    [entry] = [each for each in entries if each["action"] == "endpoint.replay_missing"]
    span = {"since": "2026-01-01T00:00:00+00:00", "until": "2999-01-01T00:00:00+00:00"}
    assert (entry["target"], entry["after"]) == (endpoint, {**span, "deliveries": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "yesterday"},
        {"until": True},
        {"event_types": "x"},
        {"dry_run": 1},
        {"statuses": []},
        {"since": 9, "until": 8},
    ],
)
def test_wrong_fields_are_refused(partner: Partner, receiver: Receiver, wrong: dict[str, Any]) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    path = f"/webhooks/endpoints/{endpoint}/replay_missing"
    assert partner.call("POST", path, {"since": 0, **wrong}).status == 400


@pytest.mark.usefixtures("one_shard")
def test_accepted_replay_is_carried_out_though_its_worker_dies_at_any_step(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missing, "_PAGE", 1)

    def prepare() -> tuple[Partner, dict[str, Any]]:
        partner = Partner()
        partner.emit_many(2)
        recoveries.replay_missing(partner.origin, partner.endpoint(receiver.url)["id"], since=now() - timedelta(days=1))
        [recovery] = _open_recoveries(partner)
        return partner, record(recover_message(partner.origin, recovery).encode())

    for partner, _ in killed_at_each_step(prepare, lambda made: handle(made[1])):
        heal()
        assert [each["status"] for each in partner.deliveries()] == ["delivered"] * 2
        assert _open_recoveries(partner) == []


@pytest.mark.usefixtures("one_shard")
def test_replay_that_dies_while_it_is_asked_for_is_carried_out_or_was_not_begun(receiver: Receiver) -> None:
    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        partner.emit_many(2)
        return partner, partner.endpoint(receiver.url)["id"]

    def replay(made: tuple[Partner, str]) -> None:
        recoveries.replay_missing(made[0].origin, made[1], since=now() - timedelta(days=1))

    outcomes = set()
    for partner, _ in killed_at_each_step(prepare, replay):
        heal()
        outcomes.add(tuple(each["status"] for each in partner.deliveries()))
    assert outcomes == {(), ("delivered",) * 2}
