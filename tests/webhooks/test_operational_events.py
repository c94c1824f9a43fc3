"""Events about endpoints and deliveries themselves: one a change, to others than whom it is about, whatever dies."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import epoch_micros, from_epoch_micros, now, travelled
from chalicelib.webhooks import breaker
from chalicelib.webhooks.breaker import STREAK_TO_OPEN
from chalicelib.webhooks.domain import SCHEDULES
from chalicelib.webhooks.models.deliveries import DELIVERY_SK, DeliveryRow, delivery_pk
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import health as health_rows
from chalicelib.webhooks.service import notices
from tests.receivers import Answer, Received, Receiver
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import (
    Partner,
    drain,
    handle,
    health_of_each,
    message,
    requests_seen,
    side_by_side,
    sweep,
)

pytestmark = pytest.mark.usefixtures("storage", "one_shard")

FAILING, DISABLED, EXHAUSTED = TYPES = ("endpoint.failing", "endpoint.disabled", "delivery.exhausted")


@pytest.fixture
def broken() -> Iterator[Receiver]:
    """A receiver that answers 500."""
    with Receiver(then=Answer(500)) as listening:
        yield listening


def _watch(partner: Partner, receiver: Receiver) -> str:
    """An endpoint of the partner that wants to be told of the others."""
    return str(partner.endpoint(f"{receiver.url}/{partner.origin}", event_types=TYPES)["id"])


def _heard(partner: Partner, receiver: Receiver) -> list[Received]:
    return [each for each in receiver.requests if each.target.endswith(partner.origin)]


def _told(partner: Partner, receiver: Receiver) -> list[Any]:
    return [json.loads(each.body) for each in _heard(partner, receiver)]


def _recorded(partner: Partner) -> list[dict[str, Any]]:
    """The events of these types, newest first."""
    return [each for each in partner.get("/webhooks/events?limit=100")["data"] if each["type"] in TYPES]


def _bring_to_last_failure(partner: Partner, endpoint: str) -> None:
    """The endpoint's next failure opens its breaker, and is the last try of the delivery that waits."""
    row = endpoint_rows.find_endpoint(partner.origin, endpoint)
    assert row is not None
    state = row.known_health
    for _ in range(STREAK_TO_OPEN - 1):
        state = breaker.after_failure(state, at=epoch_micros(now()), ok_before=0, probe=False, scale=1.0)
    assert health_rows.replace_health(row, breaker.noticed(state, notices.FIRST, at=epoch_micros(now())))
    [delivery] = partner.deliveries(f"?endpoint={endpoint}")
    tries = DeliveryRow.tries.set(len(SCHEDULES["standard"]) - 1)
    DeliveryRow(delivery_pk(partner.origin, delivery["id"]), DELIVERY_SK).update(actions=[tries])


def _message_to(partner: Partner, endpoint: str) -> dict[str, Any]:
    [delivery] = partner.deliveries(f"?endpoint={endpoint}&limit=1")
    return message(partner.origin, delivery["id"])


def _types(events: Iterable[Mapping[str, Any]], name: str = "type") -> list[str]:
    return sorted(each[name] for each in events)


def test_breaker_that_opens_is_told_once_until_it_has_closed_and_opens_again(
    partner: Partner, receiver: Receiver
) -> None:
    answers = [*[Answer(500)] * (STREAK_TO_OPEN + 1), Answer()]
    with Receiver(answers=answers, then=Answer(500)) as failing, travelled(timedelta(0)) as further:
        _watch(partner, receiver)
        endpoint = partner.endpoint(failing.url, event_types=["customer.created"])
        partner.emit_many(STREAK_TO_OPEN - 1)
        drain()
        assert _told(partner, receiver) == []
        partner.emit()
        drain()
        [first] = _told(partner, receiver)
        health = health_of_each(partner)[endpoint["id"]]
        assert (first["actionType"], first["endpointId"], first["url"]) == (FAILING, endpoint["id"], failing.url)
        assert first["failingSince"]["_seconds"] == health.trouble_since // breaker.SECOND
        assert first["nextCallAt"]["_seconds"] == health.open_until // breaker.SECOND
        for _ in range(2):  # the probe fails, which changes nothing; the next succeeds, and the backlog fails once more
            further(from_epoch_micros(health_of_each(partner)[endpoint["id"]].open_until) - now())
            further(timedelta(minutes=2))
            sweep()
            drain()
            told = len(_told(partner, receiver))
        for _ in range(24):  # when the backlog has failed often enough depends on its jitter
            further(timedelta(minutes=20))
            sweep()
            drain()
            if len(_told(partner, receiver)) > 1:
                break
    assert told == 1
    assert [each["actionType"] for each in _told(partner, receiver)] == [FAILING, FAILING]
    assert len({each.headers["webhook-id"] for each in _heard(partner, receiver)}) == 2


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (Answer(410), "gone", "its address answered 410"),
        (Answer(200, {"webhook-delivery": "disable"}), "asked", "its receiver asked for that"),
    ],
)
def test_endpoint_that_ends_is_told_once_however_many_calls_hear_it(
    partner: Partner, receiver: Receiver, answer: Answer, code: str, reason: str
) -> None:
    with Receiver(then=answer) as gone:
        _watch(partner, receiver)
        endpoint = partner.endpoint(gone.url, event_types=["customer.created"])["id"]
        partner.emit_many(3)
        side_by_side([message(partner.origin, each["id"]) for each in partner.deliveries()])
        drain()
    [told] = _told(partner, receiver)
    assert (told["actionType"], told["endpointId"], told["code"], told["reason"]) == (DISABLED, endpoint, code, reason)


def test_endpoint_that_its_partner_disables_is_not_told(partner: Partner, receiver: Receiver) -> None:
    _watch(partner, receiver)
    endpoint = partner.endpoint(receiver.url)["id"]
    assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False}).status == 200
    assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint}").status == 200
    assert _recorded(partner) == []


def test_five_days_without_a_success_are_told_as_failing_and_as_disabled(
    partner: Partner, receiver: Receiver, broken: Receiver
) -> None:
    _watch(partner, receiver)
    endpoint = partner.endpoint(broken.url, event_types=["customer.created"], schedule="hourly")["id"]
    partner.emit()
    _bring_to_last_failure(partner, endpoint)
    with travelled(timedelta(0)) as further:
        drain()
        further(timedelta(days=5, minutes=5))
        sweep()
        drain()
    assert [(each["actionType"], each["endpointId"], each.get("code")) for each in _told(partner, receiver)] == [
        (FAILING, endpoint, None),
        (DISABLED, endpoint, "failures"),
    ]


def test_delivery_without_tries_left_is_told_and_again_when_its_replay_ends_so(
    partner: Partner, receiver: Receiver, broken: Receiver
) -> None:
    _watch(partner, receiver)
    endpoint = partner.endpoint(broken.url, event_types=["customer.created"])["id"]
    event = partner.emit()
    with travelled(timedelta(0)) as further:
        for attempts in (1, 2):
            _bring_to_last_failure(partner, endpoint)
            drain()
            told = [each for each in _told(partner, receiver) if each["actionType"] == EXHAUSTED]
            assert len(told) == attempts
            [delivery] = partner.deliveries(f"?endpoint={endpoint}")
            assert delivery["status"] == "exhausted"
            assert {name: value for name, value in told[-1].items() if name != "at"} == {
                "actionType": EXHAUSTED,
                "endpointId": endpoint,
                "deliveryId": delivery["id"],
                "eventId": event,
                "eventType": "customer.created",
                "attempts": attempts,
                "lastStatus": 500,
                "lastError": None,
            }
            further(timedelta(minutes=2))
            assert partner.call("POST", f"/webhooks/deliveries/{delivery['id']}/replay").status == 200


def test_endpoint_is_not_told_of_itself_nor_given_that_late(partner: Partner, broken: Receiver) -> None:
    since = now().isoformat()
    endpoint = partner.endpoint(broken.url, event_types=[*TYPES, "customer.created"])["id"]
    partner.emit()
    _bring_to_last_failure(partner, endpoint)
    drain()
    assert _types(_recorded(partner)) == [EXHAUSTED, FAILING]
    missing = partner.call("POST", f"/webhooks/endpoints/{endpoint}/replay_missing", {"since": since})
    assert (missing.status, missing.json["count"]) == (200, 0)
    assert _types(partner.deliveries(), "event_type") == ["customer.created"]


def test_endpoints_that_are_told_of_each_other_and_fail_come_to_an_end(partner: Partner, broken: Receiver) -> None:
    for _ in range(2):
        partner.endpoint(broken.url, event_types=[*TYPES, "customer.created"])
    partner.emit()
    with travelled(timedelta(0)) as further:
        for _ in range(24):
            sweep()
            drain()
            further(timedelta(hours=6))
    assert {each["status"] for each in partner.deliveries("?limit=100")} <= {"exhausted", "disabled"}
    assert Counter(each["type"] for each in _recorded(partner))[FAILING] == 2
    assert {each["content"]["eventType"] for each in _recorded(partner) if each["type"] == EXHAUSTED} <= {
        "customer.created"
    }


def test_only_endpoints_that_name_the_types_are_told_and_only_of_their_own_partner(
    partner: Partner, receiver: Receiver
) -> None:
    other = Partner()
    _watch(other, receiver)
    partner.endpoint(f"{receiver.url}/{partner.origin}")
    with Receiver(then=Answer(410)) as gone:
        partner.endpoint(gone.url, event_types=["customer.created"])
        event = partner.emit()
        drain()
    assert [each.headers["webhook-id"] for each in _heard(partner, receiver)] == [event]
    assert [each["type"] for each in _recorded(partner)] == [DISABLED]
    assert (_heard(other, receiver), _recorded(other)) == ([], [])


def test_repeated_and_reordered_messages_tell_once(partner: Partner, receiver: Receiver) -> None:
    with Receiver(then=Answer(500, delay=0.05)) as slow:
        _watch(partner, receiver)
        endpoint = partner.endpoint(slow.url, event_types=["customer.created"])["id"]
        partner.emit()
        _bring_to_last_failure(partner, endpoint)
        partner.emit_many(3)
        records = [message(partner.origin, each["id"]) for each in partner.deliveries(f"?endpoint={endpoint}")]
        side_by_side([*records, *records[::-1], *records])
        drain()
    assert _types(_told(partner, receiver), "actionType") == [EXHAUSTED, FAILING]


@pytest.mark.parametrize(
    ("answer", "changes", "state", "status"),
    [(500, [EXHAUSTED, FAILING], "open", "exhausted"), (410, [DISABLED], "disabled", "disabled")],
)
def test_change_is_told_once_though_the_worker_dies_at_any_step(
    receiver: Receiver, answer: int, changes: list[str], state: str, status: str
) -> None:
    with Receiver(then=Answer(answer)) as failing:

        def prepare() -> tuple[Partner, str]:
            partner = Partner()
            _watch(partner, receiver)
            endpoint = partner.endpoint(failing.url, event_types=["customer.created"])["id"]
            partner.emit()
            _bring_to_last_failure(partner, endpoint)
            return partner, endpoint

        deaths = 0
        for partner, endpoint in killed_at_each_step(prepare, lambda made: handle(_message_to(*made))):
            heal()
            assert partner.get(f"/webhooks/endpoints/{endpoint}")["state"] == state
            assert [each["status"] for each in partner.deliveries(f"?endpoint={endpoint}")] == [status]
            told = _recorded(partner)
            assert _types(told) == changes
            sent = [each.headers["webhook-id"] for each in _heard(partner, receiver)]
            assert sorted(sent) == sorted(each["id"] for each in told)
            deaths += 1
        assert deaths >= 8


def test_delivery_that_succeeds_asks_for_nothing_more(partner: Partner, receiver: Receiver) -> None:
    _watch(partner, receiver)
    endpoint = partner.endpoint(receiver.url, event_types=["customer.created"])["id"]
    for _ in range(2):  # the first reads the endpoints
        partner.emit()
        asked = _message_to(partner, endpoint)
        with requests_seen() as seen:
            handle(asked)
    # The event's content, the claim, the outcome, and the counts of the batch.
    assert sorted(seen) == ["GetItem", "UpdateItem", "UpdateItem", "UpdateItem"]
