"""An endpoint in trouble: calls stop, one probe finds out, the backlog comes back; nothing is lost or counted."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest

from chalicelib.core.clock import epoch_micros, from_epoch_micros, now, travelled
from chalicelib.webhooks.breaker import OPEN, SECOND, Health
from chalicelib.webhooks.queues import FAST, SLOW
from chalicelib.webhooks.repository import health as health_rows
from chalicelib.webhooks.repository import statistics as statistics_rows
from chalicelib.webhooks.repository.deliveries import find_delivery
from chalicelib.webhooks.service import deliverer, notices
from tests.receivers import Answer, Receiver, Talk, hang
from tests.webhooks.world import (
    Partner,
    drain,
    handle,
    health_of,
    message,
    messages_in,
    newest,
    requests_seen,
    side_by_side,
    sweep,
    until_due,
    waiting,
)

pytestmark = pytest.mark.usefixtures("storage")


def _open(partner: Partner, url: str, **fields: object) -> Health:
    """Makes an endpoint whose breaker is opened by ten failures; the ten events are left waiting."""
    partner.endpoint(url, **fields)
    partner.emit_many(10)
    drain()
    health = health_of(partner)
    assert health.state == OPEN
    return health


def _until(micros: int) -> timedelta:
    return from_epoch_micros(micros) - now() + timedelta(milliseconds=1)


def test_retries_of_one_event_open_at_the_tenth_failure_in_a_row(partner: Partner) -> None:
    shown = []
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        shown.append(partner.state())
        for _ in range(10):
            handle(*waiting(partner))
            shown.append(partner.state())
            further(until_due(partner.delivery()))
    assert shown == ["healthy", *["failing"] * 9, "open"]


@pytest.mark.parametrize(("answers", "opens"), [([500, 500, 500, 204], True), ([500, 500, 204, 500, 204], False)])
def test_share_of_failures_opens_from_seventy_percent(partner: Partner, answers: list[int], opens: bool) -> None:
    with Receiver(answers=[Answer(status) for status in answers * 5]) as receiver:
        partner.endpoint(receiver.url)
        partner.emit_many(12)
        side_by_side(waiting(partner), workers=1)
        assert len(receiver.requests) == (10 if opens else 12)
    assert (partner.state() == "open") == opens


def test_success_sets_everything_right_at_once(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 9) as receiver, travelled(timedelta(0)) as further:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        for _ in range(10):
            handle(*waiting(partner))
            further(timedelta(hours=1.3))
    assert partner.delivery()["status"] == "delivered"
    assert partner.state() == "healthy"
    assert health_of(partner).streak == 0


def test_deferring_costs_no_attempt_no_try_and_three_requests(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        health = _open(partner, receiver.url)
        partner.emit_many(2)
        fresh, other = [message(partner.origin, each["id"]) for each in partner.deliveries() if not each["attempts"]]
        handle(other)  # reads the endpoints once, for ten seconds
        with requests_seen() as seen, requests_seen("sqs") as sent:
            assert handle(fresh) == []
        assert len(receiver.requests) == 10
    assert seen == ["UpdateItem", "GetItem", "UpdateItem"]
    assert sent == ["SendMessageBatch"]
    delivery = partner.deliveries()[0]
    row = find_delivery(partner.origin, delivery["id"])
    assert row is not None
    assert (row.tries, row.attempts_made, row.faults) == (0, 0, 0)
    assert (delivery["status"], delivery["attempts"]) == ("scheduled", [])
    due = datetime.fromisoformat(delivery["next_attempt_at"])
    opened = from_epoch_micros(health.open_until)
    assert opened <= due <= opened + timedelta(seconds=13)
    assert health_of(partner) == health


def test_deferred_delivery_is_swept_where_its_message_is_lost(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10) as receiver, travelled(timedelta(0)) as further:
        _open(partner, receiver.url)
        partner.emit()
        newest = partner.deliveries()[0]["id"]
        drain()
        further(timedelta(seconds=80))
        drain()  # SQS knows nothing of our clock: its delayed messages stay away, as if they were lost
        assert len(receiver.requests) == 10
        further(timedelta(seconds=120))
        assert sweep() == 11
        drain()
        further(timedelta(seconds=160))
        sweep()
        drain()
        assert partner.get(f"/webhooks/deliveries/{newest}")["status"] == "delivered"
    assert {each["status"] for each in partner.deliveries()} == {"delivered"}


def test_events_of_an_endpoint_in_trouble_go_by_the_slow_queue(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)]) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        partner.emit()
        assert (messages_in(FAST)[0], messages_in(SLOW)[0]) == (0, 1)
        drain()
        partner.emit()
        assert (messages_in(FAST)[0], messages_in(SLOW)[0]) == (1, 0)


def test_one_probe_at_a_time_whoever_asks(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10, then=Answer(204, delay=0.4)) as receiver:
        health = _open(partner, receiver.url)
        with travelled(_until(health.open_until)) as further:
            further(timedelta(seconds=20))
            with ThreadPoolExecutor(2) as processes:
                messages = waiting(partner)
                for batch in (messages[:5], messages[5:]):
                    processes.submit(handle, *batch)
            assert len(receiver.requests) == 11
            assert partner.state() == "healthy"
    assert Counter(each["status"] for each in partner.deliveries()) == {"scheduled": 9, "delivered": 1}


def test_probe_whose_worker_died_is_made_again_when_its_lease_ends(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10) as receiver:
        health = _open(partner, receiver.url)
        with travelled(_until(health.open_until) + timedelta(seconds=20)) as further:
            first, second, third, *_ = waiting(partner)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(deliverer, "_send", _die)
                with pytest.raises(KeyboardInterrupt):
                    handle(first)
            handle(second)
            assert len(receiver.requests) == 10
            further(timedelta(seconds=31))
            handle(third)
            assert len(receiver.requests) == 11
    assert partner.state() == "healthy"


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_failed_probe_opens_for_twice_as_long(partner: Partner) -> None:
    lengths = []
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further:
        health = _open(partner, receiver.url, schedule="hourly")
        for _ in range(8):
            further(_until(health.open_until))
            partner.emit()
            handle(newest(partner))
            probed, health = health, health_of(partner)
            lengths.append(round((health.open_until - probed.open_until) / SECOND))
        assert len(receiver.requests) == 18
    assert lengths == [pytest.approx(seconds, abs=20) for seconds in (120, 240, 480, 960, 1920, 3600, 3600, 3600)]


@pytest.mark.parametrize("status", [204, 500])
def test_late_answer_of_a_call_under_way_changes_nothing(partner: Partner, status: int) -> None:
    let_go, calls = Event(), iter(range(100))

    def late(talk: Talk) -> None:
        if next(calls) == 0:
            let_go.wait(120)
            talk.send(Answer(status).to_bytes())
        else:
            talk.send(Answer(500).to_bytes())

    with Receiver(late) as receiver:
        partner.endpoint(receiver.url)
        partner.emit_many(11)
        first, *others = waiting(partner)
        call = Thread(target=handle, args=[first])
        call.start()
        receiver.wait_for(1, timeout=120)
        side_by_side(others, workers=1)
        opened = health_of(partner)
        assert opened.state == OPEN
        let_go.set()
        call.join()
        assert health_of(partner) == opened
        with travelled(_until(opened.open_until)):
            assert partner.state() == "open"


def test_backlog_goes_out_at_1_2_4_a_second_after_the_probe(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10) as receiver:
        health = _open(partner, receiver.url)
        partner.emit_many(20)
        with travelled(_until(health.open_until) + timedelta(seconds=20)) as further:
            first, *others = waiting(partner)
            handle(first)
            released = from_epoch_micros(health_of(partner).released_at)
            handle(*others[:10])
            handle(*others[10:])
            immediately = len(receiver.requests) - 11
            offsets = [
                datetime.fromisoformat(each["next_attempt_at"]) - released + timedelta(milliseconds=1)
                for each in partner.deliveries("?status=scheduled&limit=100")
            ]
            seconds = Counter(int(offset.total_seconds()) for offset in offsets)
            # Those whose time came meanwhile went at once.
            assert sum(seconds[second] for second in (0, 1, 2)) + immediately == 7
            assert (seconds[3], seconds[4]) == (8, 14)
            further(timedelta(seconds=8))
            handle(*waiting(partner))
    assert {each["status"] for each in partner.deliveries("?limit=100")} == {"delivered"}


def test_backlog_costs_a_dead_endpoint_one_call_and_comes_back_spread_out(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", 0.5)
    with Receiver(answers=[Answer(500)] * 10) as dead:
        health = _open(partner, dead.url)
        partner.emit_many(30)
        side_by_side(waiting(partner))
        due = sorted(datetime.fromisoformat(each["next_attempt_at"]) for each in partner.deliveries("?limit=30"))
        opened = from_epoch_micros(health.open_until)
        per_second = Counter(int((moment - opened).total_seconds()) for moment in due)
        assert max(per_second.values()) < 12  # 30 over twelve seconds
        assert len(dead.requests) == 10
        dead.answer_next(Answer(500))
        with travelled(opened - now() + timedelta(seconds=15)), requests_seen() as seen:
            side_by_side(waiting(partner))
        assert len(dead.requests) == 11
    assert len(seen) / 40 < 4
    assert health_of(partner).openings == 2


def test_endpoint_that_leads_elsewhere_begins_as_healthy(partner: Partner, receiver: Receiver) -> None:
    with Receiver(then=Answer(500)) as failing:
        _open(partner, failing.url)
    [endpoint] = partner.get("/webhooks/endpoints")["data"]
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": receiver.url})
    assert partner.state() == "healthy"
    partner.emit()
    drain()
    assert len(receiver.requests) == 1


def test_failure_of_the_old_address_is_not_held_against_the_new(partner: Partner, receiver: Receiver) -> None:
    def move(talk: Talk) -> None:
        [endpoint] = partner.get("/webhooks/endpoints")["data"]
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": receiver.url})
        talk.send(Answer(500).to_bytes())

    with Receiver(move) as old:
        partner.endpoint(old.url)
        partner.emit()
        drain()
    assert partner.state() == "healthy"
    assert partner.delivery()["status"] == "scheduled"


@pytest.mark.parametrize("part", ["health", "statistics", "letter"])
def test_what_fails_after_the_outcome_is_stored_fails_no_message(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("storage is down")

    owner, name = {
        "health": (health_rows, "replace_health"),
        "statistics": (statistics_rows, "add_counts"),
        "letter": (notices, "send_mail"),
    }[part]
    with Receiver(answers=[Answer(500)] * 3) as receiver:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        monkeypatch.setattr(owner, name, fail)
        with travelled(timedelta(0)) as further:
            for _ in range(4):
                assert handle(*waiting(partner)) == []
                further(timedelta(hours=1.3))
        assert len(receiver.requests) == 4
    assert partner.delivery()["status"] == "delivered"


def test_batch_of_failures_side_by_side_counts_each(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", 0.3)
    with Receiver(hang) as receiver:
        partner.endpoint(receiver.url)
        partner.emit_many(10)
        before = epoch_micros(now())
        assert handle(*waiting(partner)) == []
        assert len(receiver.requests) == 10
    health = health_of(partner)
    assert (health.state, health.streak) == (OPEN, 10)
    assert health.open_until - before < 70 * SECOND
