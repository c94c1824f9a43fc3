"""What a receiver may ask for in its answer, by the header `webhook-delivery`."""

from datetime import timedelta

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks.domain import parse_instructions
from tests.letters import collected
from tests.platform import start_platform
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, sweep

pytestmark = pytest.mark.usefixtures("storage")

_ABORT, _DISABLE = {"webhook-delivery": "abort-message"}, {"Webhook-Delivery": "disable"}
_BOTH = {"webhook-delivery": "disable, abort-message"}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (None, []),
        ("", []),
        ("abort-message", ["abort-message"]),
        (" Abort-Message ", ["abort-message"]),
        ("disable,abort-message,disable", ["abort-message", "disable"]),
        ("disable; now", []),
        ("later, disable", ["disable"]),
    ],
)
def test_words_that_are_known_are_read(text: str | None, asked: list[str]) -> None:
    assert parse_instructions(text) == asked


@pytest.mark.parametrize(
    ("answer", "comes_to", "state"),
    [
        (Answer(500, _ABORT), "canceled", "failing"),
        (Answer(301, _ABORT), "canceled", "failing"),
        (Answer(204, _ABORT), "delivered", "healthy"),
        (Answer(500, _DISABLE), "disabled", "disabled"),
        (Answer(204, _DISABLE), "delivered", "disabled"),
        (Answer(500, _BOTH), "canceled", "disabled"),
        (Answer(410, _ABORT), "canceled", "disabled"),
        (Answer(500, {"webhook-delivery": "whatever"}), "scheduled", "failing"),
        (Answer(500, {**{f"x-{number}": "y" * 100 for number in range(60)}, **_ABORT}), "canceled", "failing"),
        (Answer(301, {"location": "y" * 4085, **_ABORT}), "canceled", "failing"),
    ],
    ids=lambda value: (
        f"{value.status} {value.headers.get('webhook-delivery', '')}" if isinstance(value, Answer) else ""
    ),
)
def test_receivers_word_counts(answer: Answer, comes_to: str, state: str) -> None:
    partner = Partner(contact_email="ops@partner.example")
    with Receiver(answers=[answer]) as receiver, collected() as letters:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery = partner.delivery()
        assert (delivery["status"], partner.state()) == (comes_to, state)
        asked = next((value for name, value in answer.headers.items() if name.lower() == "webhook-delivery"), None)
        assert [attempt["instructions"] for attempt in delivery["attempts"]] == [parse_instructions(asked)]
        assert [attempt["instructions"] for attempt in partner.deliveries()[0]["attempts"]] == [
            parse_instructions(asked)
        ]
        assert len(letters.sent) == (state == "disabled")
        if comes_to != "scheduled":
            with travelled(timedelta(days=1)):
                sweep()
                drain()
            assert len(receiver.requests) == 1
    assert len(partner.deliveries(f"?status={comes_to}")) == 1


def test_who_disabled_the_endpoint_is_in_the_audit_log(partner: Partner) -> None:
    with Receiver(then=Answer(200, _DISABLE)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
    entries = start_platform().admin("GET", f"/{partner.origin}/audit").json["data"]
    [entry] = [each for each in entries if each["action"] == "endpoint.disable"]
    assert entry["after"]["reason"] == "its receiver asked for that"
    partner.emit()
    assert partner.deliveries()[0]["status"] == "disabled"


def test_aborted_delivery_is_recovered_only_where_canceled_ones_are_named(partner: Partner) -> None:
    with Receiver(answers=[Answer(422, _ABORT)]) as receiver:
        endpoint = partner.endpoint(receiver.url)["id"]
        partner.emit()
        drain()
        recover = f"/webhooks/endpoints/{endpoint}/recover"
        assert partner.call("POST", recover, {"since": 0}).json == {"count": 0}
        assert partner.call("POST", recover, {"since": 0, "statuses": ["canceled"]}).json == {"count": 1}
        drain()
    assert partner.delivery()["status"] == "delivered"
