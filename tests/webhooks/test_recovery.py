"""Recovering what an endpoint missed: all of it, only that, whatever dies on the way."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.webhooks.models.deliveries import MissedRow, missed_pk
from chalicelib.webhooks.queues import recover_message
from chalicelib.webhooks.repository import recoveries as recovery_rows
from chalicelib.webhooks.repository.recoveries import find_recovery
from chalicelib.webhooks.service import recoveries
from tests.faults.wire import meanwhile
from tests.receivers import Answer, Receiver
from tests.times import NO_TIMES
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import Partner, drain, handle, record, requests_seen, until_due, waiting

pytestmark = pytest.mark.usefixtures("storage")


def _missed(partner: Partner, url: str, events: int) -> str:
    """A disabled endpoint that missed events, enabled again; its id."""
    endpoint = partner.endpoint(url, enabled=False)["id"]
    partner.emit_many(events)
    assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True}).status == 200
    return str(endpoint)


def _recover(partner: Partner, endpoint: str, since: Any) -> Any:
    return partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": since})


def test_all_that_was_missed_begins_anew_however_many_pages_it_is(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 250)
    begun: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recoveries, "recover_message", _noted(begun))
        reply = _recover(partner, endpoint, "2026-01-01T00:00:00Z")
    assert (reply.status, reply.json) == (200, {"count": 250})
    message, pages = record(recover_message(partner.origin, begun[0]).encode()), 0
    while _is_open(partner, begun[0]):
        assert handle(message) == []
        pages += 1
    assert pages == 3
    assert partner.get("/webhooks/stats")["backlog"] == 250
    assert _recover(partner, endpoint, 0).json == {"count": 0}


def _is_open(partner: Partner, recovery_id: str) -> bool:
    """Whether a recovery has not yet gone through all for the first time."""
    row = find_recovery(partner.origin, recovery_id)
    return row is not None and row.again_at is None


def test_exhausted_and_disabled_since_then_begin_anew_and_nothing_else_does(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10) as receiver, travelled(timedelta(days=-20)) as further:
        endpoint = partner.endpoint(receiver.url)["id"]
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False})
        too_old = partner.emit()
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
        further(timedelta(days=2))
        since = now()
        exhausted = partner.emit()
        while waiting(partner):
            handle(*waiting(partner))
            if waiting(partner):
                further(until_due(partner.deliveries("?status=scheduled")[0]))
        further(timedelta(minutes=2))
        delivered = partner.emit()
        handle(*waiting(partner))
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False})
        disabled = partner.emit()
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
        listed = {each["event_id"]: each["status"] for each in partner.deliveries()}
        expected = {too_old: "disabled", exhausted: "exhausted", delivered: "delivered", disabled: "disabled"}
        assert listed == expected
        before = len(receiver.requests)
        assert _recover(partner, endpoint, int(since.timestamp()) + 1).json["count"] in (1, 2)
        drain()
        assert _recover(partner, endpoint, since.isoformat()).json["count"] in (0, 1)
        drain()
        recovered = [request.headers["webhook-id"] for request in receiver.requests[before:]]
        assert sorted(recovered) == sorted([exhausted, disabled])
        assert {each["event_id"]: each["status"] for each in partner.deliveries()}[too_old] == "disabled"


def test_attempts_start_again_under_the_same_id(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further:
        endpoint = partner.endpoint(receiver.url)["id"]
        partner.emit()
        while waiting(partner):
            handle(*waiting(partner))
            if waiting(partner):
                further(until_due(partner.delivery()))
        further(timedelta(hours=2))
        assert _recover(partner, endpoint, 0).json == {"count": 1}
        drain()
        delivery = partner.delivery()
        assert (delivery["status"], len(delivery["attempts"])) == ("scheduled", 11)
        assert timedelta(seconds=3) < until_due(delivery) < timedelta(seconds=7)
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1


def test_disabled_endpoint_recovers_nothing(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url, enabled=False)["id"]
    partner.emit()
    assert _recover(partner, endpoint, 0).status == 400
    assert partner.delivery()["status"] == "disabled"


@pytest.mark.parametrize("since", ["2999-01-01T00:00:00Z", 99_999_999_999])
def test_time_to_come_recovers_nothing_and_asks_for_nothing(partner: Partner, receiver: Receiver, since: Any) -> None:
    endpoint = _missed(partner, receiver.url, 1)
    with requests_seen() as seen:
        assert _recover(partner, endpoint, since).json == {"count": 0}
    assert set(seen) <= {"GetItem"}


@pytest.mark.parametrize("since", [None, "", "yesterday", -1, 1.5, True, [], 20260101, *NO_TIMES.values()])
def test_since_is_a_time(partner: Partner, receiver: Receiver, since: Any) -> None:
    assert _recover(partner, _missed(partner, receiver.url, 1), since).status == 400


@pytest.mark.parametrize(
    "since",
    ["2026-01-01", "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "1767225600", 1767225600],
)
def test_since_is_iso_or_unix_seconds(partner: Partner, receiver: Receiver, since: Any) -> None:
    with travelled(datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC) - now()):
        endpoint = _missed(partner, receiver.url, 1)
        assert _recover(partner, endpoint, since).json == {"count": 1}


def test_recovery_is_the_partners_own(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 1)
    assert _recover(Partner(), endpoint, 0).status == 404
    drain()
    assert receiver.requests == []


def test_repeated_message_of_a_page_recovers_nothing_twice(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recoveries, "_PAGE", 2)
        message = _begun(partner, endpoint)
        for _ in range(3):
            assert handle(message, message) == []
        drain()
    assert len(receiver.requests) == 3


def test_worker_that_lags_behind_does_not_bring_an_ended_recovery_back(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 1)
    begun: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recoveries, "recover_message", _noted(begun))
        _recover(partner, endpoint, 0)
    row = find_recovery(partner.origin, begun[0])
    assert row is not None
    recoveries.work(partner.origin, begun[0])
    assert not recovery_rows.advance(row, position="dlv_0", due_at=now())
    recovery_rows.finish(row)
    resting = find_recovery(partner.origin, begun[0])
    assert resting is not None
    with travelled(timedelta(minutes=3)):
        recoveries.work(partner.origin, begun[0])
        assert find_recovery(partner.origin, begun[0]) is None
        assert not recovery_rows.advance(resting, position="dlv_0", due_at=now())
        assert find_recovery(partner.origin, begun[0]) is None


@pytest.mark.usefixtures("one_shard")
def test_what_is_being_recorded_while_a_recovery_is_asked_for_is_recovered_too(
    partner: Partner, receiver: Receiver
) -> None:
    endpoint = partner.endpoint(receiver.url, enabled=False)["id"]
    counts: list[int] = []

    def enable_and_recover() -> None:
        assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True}).status == 200
        counts.append(_recover(partner, endpoint, 0).json["count"])

    with meanwhile(enable_and_recover):
        partner.emit()
    drain()
    assert (counts, partner.delivery()["status"]) == ([0], "disabled")
    with travelled(timedelta(minutes=3)):
        heal()
    assert partner.delivery()["status"] == "delivered"
    assert len(receiver.requests) == 1


def test_what_is_missed_after_a_recovery_was_asked_for_waits_for_the_next(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 1)
    assert _recover(partner, endpoint, 0).json == {"count": 1}
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False})
    with travelled(timedelta(minutes=1)):
        partner.emit()
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
        drain()
    with travelled(timedelta(minutes=4)):
        heal()
        assert sorted(each["status"] for each in partner.deliveries()) == ["delivered", "disabled"]
        assert _recover(partner, endpoint, 0).json == {"count": 1}


def test_deliveries_that_ended_before_it_was_noted_are_recovered(partner: Partner, receiver: Receiver) -> None:
    endpoint = _missed(partner, receiver.url, 3)
    for row in MissedRow.query(missed_pk(partner.origin, endpoint)):
        row.delete()
    assert _recover(partner, endpoint, 0).json == {"count": 3}
    drain()
    assert (len(receiver.requests), _recover(partner, endpoint, 0).json) == (3, {"count": 0})


def _noted(begun: list[str]) -> Any:
    def note(origin: str, recovery_id: str) -> Any:
        begun.append(recovery_id)
        return recover_message(origin, recovery_id)

    return note


def _begun(partner: Partner, endpoint: str) -> dict[str, Any]:
    """A recovery of everything; the record of its message."""
    begun: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recoveries, "recover_message", _noted(begun))
        recoveries.recover(partner.origin, endpoint, since=datetime(2026, 1, 1, tzinfo=UTC))
    return record(recover_message(partner.origin, begun[0]).encode())


@pytest.mark.usefixtures("one_shard")
def test_accepted_recovery_is_carried_out_though_its_worker_dies_at_any_step(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recoveries, "_PAGE", 1)

    def prepare() -> tuple[Partner, dict[str, Any]]:
        partner = Partner()
        return partner, _begun(partner, _missed(partner, receiver.url, 2))

    for partner, _ in killed_at_each_step(prepare, lambda made: handle(made[1])):
        heal()
        assert [each["status"] for each in partner.deliveries()] == ["delivered"] * 2


@pytest.mark.usefixtures("one_shard")
def test_recovery_that_dies_while_it_is_asked_for_is_carried_out_or_was_not_begun(receiver: Receiver) -> None:
    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        return partner, _missed(partner, receiver.url, 2)

    def recover(made: tuple[Partner, str]) -> None:
        recoveries.recover(made[0].origin, made[1], since=datetime(2026, 1, 1, tzinfo=UTC))

    outcomes: Counter[tuple[str, ...]] = Counter()
    for partner, _ in killed_at_each_step(prepare, recover):
        heal()
        outcomes[tuple(each["status"] for each in partner.deliveries())] += 1
    assert set(outcomes) == {("disabled",) * 2, ("delivered",) * 2}
