"""What webhooks leave behind is kept as long as the operator says; what is unfinished, until it has ended."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.webhooks.models.deliveries import AttemptRow, DeliveryRow, MissedRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.service import statistics
from tests.receivers import Answer, Receiver
from tests.webhooks.kept import assert_kept, days_later, keep, remove_expired, rows
from tests.webhooks.world import Partner, drain, scaled_seconds, sweep

pytestmark = pytest.mark.usefixtures("storage", "one_shard")

_SHOWN = ("/webhooks/events", "/webhooks/events?type=customer.created", "/webhooks/deliveries")


def _shown(partner: Partner) -> list[int]:
    """How many entries each list has."""
    return [len(partner.get(path)["data"]) for path in _SHOWN]


def _recovered(partner: Partner, endpoint: str, **fields: Any) -> int:
    """How many deliveries a recovery of all finds."""
    answer = partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": 0, **fields})
    assert answer.status == 200, answer
    return int(answer.json["count"])


def _missing(partner: Partner, endpoint: str, **fields: Any) -> int:
    """How many events the endpoint never got."""
    answer = partner.call("POST", f"/webhooks/endpoints/{endpoint}/replay_missing", {"since": 0, **fields})
    assert answer.status == 200, answer
    return int(answer.json["count"])


def _without_expiry(partner: Partner) -> None:
    """Makes a partner's rows those of before there was a retention."""
    for sort_key, row in {"EVENT": EventRow, "DELIVERY": DeliveryRow, "ATTEMPT": AttemptRow, "dlv_": MissedRow}.items():
        names = [name for name in ("ttl", "own_end", "body_until", "attempt_days") if hasattr(row, name)]
        for each in rows(partner, sort_key):
            row(each["pk"], each["sk"]).update(actions=[getattr(row, name).remove() for name in names])


def test_nothing_is_shown_that_is_past_its_time_though_it_is_there_still(partner: Partner, receiver: Receiver) -> None:
    keep(partner, webhook_bodies=10, attempts=5)
    endpoint = partner.endpoint(receiver.url)["id"]
    event = partner.emit()
    drain()
    delivery = partner.delivery()["id"]
    with days_later(4.9):
        assert _shown(partner) == [1, 1, 1]
        assert len(partner.delivery()["attempts"]) == 1
    with days_later(5.1):
        assert _shown(partner) == [1, 1, 1]
        assert partner.delivery()["attempts"] == partner.deliveries()[0]["attempts"] == []
        assert partner.get(f"/webhooks/stream?since={int(now().timestamp()) - 10**6}")["data"] != []
    with days_later(10.1):
        assert _shown(partner) == [0, 0, 0]
        for path in (f"events/{event}", f"deliveries/{delivery}"):
            assert partner.call("GET", f"/webhooks/{path}").status == 404
        for act in ("replay", "cancel"):
            assert partner.call("POST", f"/webhooks/deliveries/{delivery}/{act}").status == 404
        for status in ("delivered", "exhausted", "scheduled"):
            assert partner.deliveries(f"?status={status}") == partner.deliveries(f"?endpoint={endpoint}") == []
        assert partner.get(f"/webhooks/stream?since={int(now().timestamp()) - 10**7}")["data"] == []
        tried = partner.call("POST", f"/webhooks/endpoints/{endpoint}/filter_test", {"filter": []})
        assert tried.json["count"] == 0
        assert len(rows(partner, "EVENT")) == len(rows(partner, "DELIVERY")) == 1
        assert remove_expired(partner) == 2
        assert [each for each in rows(partner, "") if each["sk"][:5] in ("EVENT", "DELIV", "ATTEM")] == []
        counted = statistics.by_day(partner.origin, days=14)
        assert sum(day.succeeded for day in counted.values()) == 1


def test_missed_delivery_is_neither_counted_nor_restarted_once_it_has_expired(partner: Partner) -> None:
    keep(partner, webhook_bodies=5)
    endpoint = partner.endpoint("http://127.0.0.1:9/", enabled=False)["id"]
    partner.emit()
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
    with days_later(4.9):
        assert _recovered(partner, endpoint, dry_run=True) == 1
    with days_later(5.1):
        assert _recovered(partner, endpoint, dry_run=True) == 0
        assert _recovered(partner, endpoint) == 0
        drain()
        assert {row["status"] for row in rows(partner, "DELIVERY")} == {"disabled"}


def test_changed_retention_holds_for_later_rows_alone(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    for days in (5, 365, 20):
        keep(partner, webhook_bodies=days, attempts=5)
        partner.emit({"type": "customer.created", "days": days})
        drain()
    for days, left in ((6, {365, 20}), (21, {365}), (364, {365}), (366, set())):
        with days_later(days):
            assert {each["content"]["days"] for each in partner.get("/webhooks/events")["data"]} == left
            assert len(partner.deliveries()) == len(left)


def test_rows_from_before_do_not_expire(partner: Partner) -> None:
    endpoint = partner.endpoint("http://127.0.0.1:9/", enabled=False)["id"]
    partner.emit()
    _without_expiry(partner)
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
    with days_later(400):
        assert remove_expired(partner) == 0
        assert _shown(partner) == [1, 1, 1]
        assert _recovered(partner, endpoint) == 1
        drain()
        with Receiver() as receiver:
            other = partner.endpoint(receiver.url)["id"]
            assert _missing(partner, other) == 1
            drain()
            assert len(receiver.requests) == 1
    with days_later(1000):
        assert remove_expired(partner) == 0
        assert _shown(partner) == [1, 1, 2]


def test_delivery_that_an_older_version_began_anew_does_not_expire(partner: Partner) -> None:
    """It leaves the expiry of the end before."""
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        [row] = rows(partner, "DELIVERY")
        DeliveryRow(row["pk"], row["sk"]).update(actions=[DeliveryRow.ttl.set(now() + timedelta(days=5))])
        drain()
    assert_kept(partner)
    assert partner.delivery()["status"] == "scheduled"


@pytest.mark.parametrize("path", [*_SHOWN, "/webhooks/deliveries?status=disabled", "/webhooks/deliveries?endpoint={}"])
def test_pages_are_full_and_say_truly_whether_more_follows(partner: Partner, path: str) -> None:
    """Three that are kept among seven that are not, though the rows are there."""
    path = path.format(partner.endpoint("http://127.0.0.1:9/", enabled=False)["id"])
    sign = "&" if "?" in path else "?"
    for number in range(10):
        keep(partner, webhook_bodies=30 if number in (2, 5, 6) else 5, attempts=5)
        partner.emit()
    whole = [each["id"] for each in partner.get(f"{path}{sign}limit=100")["data"]]
    expected = [whole[3], whole[4], whole[7]]
    with days_later(6):
        first = partner.get(f"{path}{sign}limit=2")
        assert ([each["id"] for each in first["data"]], first["has_more"]) == (expected[:2], True)
        rest = partner.get(f"{path}{sign}limit=2&starting_after={expected[1]}")
        assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (expected[2:], False)
        exact = partner.get(f"{path}{sign}limit=3")
        assert ([each["id"] for each in exact["data"]], exact["has_more"]) == (expected, False)
        back = partner.get(f"{path}{sign}limit=1&ending_before={expected[2]}")
        assert ([each["id"] for each in back["data"]], back["has_more"]) == (expected[1:2], True)


def test_list_goes_on_behind_an_event_that_expires_meanwhile(partner: Partner) -> None:
    for days in (30, 5, 5):
        keep(partner, webhook_bodies=days)
        partner.emit()
    [newest, *_] = partner.get("/webhooks/events?limit=1")["data"]
    with days_later(6):
        rest = partner.get(f"/webhooks/events?starting_after={newest['id']}")
    assert (len(rest["data"]), rest["has_more"]) == (1, False)


def test_delivery_that_waits_keeps_its_event_however_long(partner: Partner, receiver: Receiver) -> None:
    """Sweeps go on, and no worker: such a backlog may be days long."""
    keep(partner, webhook_bodies=5)
    partner.endpoint(receiver.url)
    partner.emit({"type": "customer.created", "n": 1})
    with days_later(0) as further:
        for _ in range(20):
            further(timedelta(days=1))
            remove_expired(partner)
            sweep()
            assert_kept(partner)
            assert partner.deliveries("?status=scheduled") != []
        drain()
        assert [request.body for request in receiver.requests] == [b'{"type":"customer.created","n":1}']
        assert partner.delivery()["status"] == "delivered"
        assert_kept(partner)
        further(timedelta(days=91))
        assert _shown(partner) == [0, 0, 0]


@pytest.mark.parametrize("schedule", ["standard", "hourly"])
def test_retries_are_made_though_the_event_expires_meanwhile(partner: Partner, schedule: str) -> None:
    """A receiver that asks for four times the delay makes a schedule of 75 hours one of 12 days."""
    keep(partner, webhook_bodies=5, attempts=5)
    tries = 10 if schedule == "standard" else 24
    later = {"Retry-After": "999999"}
    answers = [Answer(503, later)] * (tries - 1)
    with Receiver(answers=answers, then=Answer(204)) as receiver:
        partner.endpoint(receiver.url, schedule=schedule)
        partner.emit()
        drain()
        with days_later(0) as further:
            for _ in range(200):
                if partner.delivery()["status"] != "scheduled":
                    break
                further(timedelta(hours=4))
                remove_expired(partner)
                assert_kept(partner)
                sweep()
                drain()
            delivery = partner.delivery()
            assert delivery["status"] == "delivered"
            assert_kept(partner)
            assert len({request.body for request in receiver.requests}) == 1
            # Its first attempts have expired, but not the number that were made.
            numbers = [attempt["number"] for attempt in delivery["attempts"]]
            assert numbers[-1] == tries
            assert (numbers[0] == 1) == (schedule == "hourly")
            further(timedelta(days=3))
            assert _shown(partner)[2] == 1
            further(timedelta(days=8))
            assert _shown(partner) == [0, 0, 0]


def test_replay_near_the_end_keeps_the_event_until_it_has_ended(partner: Partner) -> None:
    keep(partner, webhook_bodies=5, attempts=5)
    with Receiver(answers=[Answer(204), *[Answer(500)] * 7], then=Answer(204)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery = partner.delivery()["id"]
        with days_later(4.9) as further:
            assert partner.call("POST", f"/webhooks/deliveries/{delivery}/replay").status == 200
            for _ in range(30):
                drain()
                further(timedelta(hours=4))
                remove_expired(partner)
                assert_kept(partner)
                assert _shown(partner) == [1, 1, 1]
                sweep()
                if partner.delivery()["status"] == "delivered":
                    break
            assert partner.delivery()["status"] == "delivered"
            assert len({request.body for request in receiver.requests}) == 1


def test_delivery_whose_event_is_gone_is_shown_and_not_sent_again(partner: Partner) -> None:
    keep(partner, webhook_bodies=5, attempts=30)
    endpoint = partner.endpoint("http://127.0.0.1:9/", enabled=False)["id"]
    partner.emit()
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True})
    [delivery] = partner.deliveries()
    for removed in (False, True):
        with days_later(6):
            if removed:
                remove_expired(partner)
            assert _shown(partner) == [0, 0, 1]
            answer = partner.call("POST", f"/webhooks/deliveries/{delivery['id']}/replay")
            assert (answer.status, "not kept any more" in answer.json["error"]["message"]) == (400, True)
            assert _recovered(partner, endpoint) == _recovered(partner, endpoint, dry_run=True) == 0
            drain()
            assert partner.delivery()["status"] == "disabled"


def test_missing_events_are_sent_while_they_are_kept_and_not_twice(partner: Partner, receiver: Receiver) -> None:
    keep(partner, webhook_bodies=5, attempts=5)
    first = partner.endpoint(receiver.url)["id"]
    partner.emit()
    drain()
    with Receiver(then=Answer(500)) as failing, days_later(4.9) as further:
        late = partner.endpoint(failing.url)["id"]
        assert _missing(partner, late) == 1
        drain()
        further(timedelta(days=1))  # the event is there for the sake of the late endpoint alone
        remove_expired(partner)
        assert_kept(partner)
        assert _shown(partner) == [1, 1, 1]
        assert _missing(partner, first) == 0
        with Receiver() as third:
            assert _missing(partner, partner.endpoint(third.url)["id"]) == 0
            drain()
            assert third.requests == []
    assert len(receiver.requests) == 1


def test_deliveries_of_a_deleted_endpoint_expire(partner: Partner) -> None:
    keep(partner, webhook_bodies=5, attempts=5)
    with Receiver(then=Answer(500)) as receiver:
        endpoint = partner.endpoint(receiver.url)["id"]
        partner.emit()
        drain()
        partner.emit()
        assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint}").status == 200
    assert {row["status"] for row in rows(partner, "DELIVERY")} == {"disabled"}
    assert_kept(partner)
    with days_later(6):
        assert _shown(partner) == [0, 0, 0]


def test_event_that_is_gone_all_the_same_ends_its_delivery(partner: Partner, receiver: Receiver) -> None:
    """Where nothing at all ran for longer than events are kept, and DynamoDB went on."""
    keep(partner, webhook_bodies=5)
    partner.endpoint(receiver.url)
    partner.emit()
    with days_later(6):
        assert remove_expired(partner) == 1
        sweep()
        drain()
        [delivery] = partner.deliveries()
        assert (delivery["status"], receiver.requests) == ("exhausted", [])


def test_expiries_are_in_days_whatever_the_scale_of_seconds(partner: Partner) -> None:
    keep(partner, webhook_bodies=5)
    with scaled_seconds(0.001):
        partner.emit()
    [event] = rows(partner, "EVENT")
    assert abs(event["ttl"] - now().timestamp() - 5 * 86_400) < 3600
