"""The end of an endpoint that does not answer, what its partner is told of it, and its return."""

from datetime import datetime, timedelta

import pytest

from chalicelib.core.clock import from_epoch_micros, now, travelled
from chalicelib.core.mail import MailNotSent
from chalicelib.webhooks.breaker import OPEN, Health
from chalicelib.webhooks.service import notices
from tests.letters import collected
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, handle, health_of, newest, sweep, waiting

pytestmark = pytest.mark.usefixtures("storage")

CONTACT = "ops@partner.example"
SUBJECTS = [
    "Your webhook endpoint is failing",
    "Your webhook endpoint has been failing for days",
    "Your webhook endpoint has been disabled",
]


class Died(BaseException):
    """The worker's process ends here."""


@pytest.fixture
def partner() -> Partner:
    """A partner that can be written to."""
    return Partner(contact_email=CONTACT)


def test_five_days_without_a_success_disable_after_three_letters(partner: Partner) -> None:
    states, told = [], []
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further, collected() as letters:
        endpoint = partner.endpoint(receiver.url, schedule="hourly")
        partner.emit_many(10)
        drain()
        for hours in range(0, 132, 12):
            states.append(partner.state())
            told.append(len(letters.sent))
            assert (states[-1] == "disabled") == (hours == 120)
            further(timedelta(hours=12, minutes=5))
            partner.emit()
            handle(newest(partner))
        assert told == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3]
        assert [letter.subject.split(" (")[0] for letter in letters.sent] == SUBJECTS
        assert {letter.to for letter in letters.sent} == {CONTACT}
        assert all(receiver.url in letter.text and endpoint["id"] in letter.text for letter in letters.sent)
        attempts = len(receiver.requests)
        handle(*waiting(partner))
        assert len(receiver.requests) == attempts
        assert {each["status"] for each in partner.deliveries("?limit=100")} == {"disabled"}
        assert len(letters.sent) == 3
    assert states == [*["open"] * 10, "disabled"]


@pytest.mark.parametrize("events", [1, 10])
def test_gone_is_told_once_however_many_calls_hear_it(partner: Partner, events: int) -> None:
    with Receiver(then=Answer(410, delay=0.2)) as receiver, collected() as letters:
        partner.endpoint(receiver.url)
        partner.emit_many(events)
        assert handle(*waiting(partner)) == []
        assert len(receiver.requests) == events
    assert [letter.subject.split(" (")[0] for letter in letters.sent] == SUBJECTS[2:]
    assert partner.state() == "disabled"
    assert {each["status"] for each in partner.deliveries()} == {"disabled"}


def test_first_letter_comes_with_the_third_failure_in_a_row(partner: Partner) -> None:
    answers = [Answer(500), Answer(500), Answer()]
    with Receiver(answers=answers, then=Answer(500)) as receiver, collected() as letters:
        partner.endpoint(receiver.url)
        counts = []
        for _ in range(8):
            partner.emit()
            handle(newest(partner))
            counts.append(len(letters.sent))
    assert counts == [0, 0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("status", [500, 410])
def test_letter_whose_worker_died_before_it_left_is_sent_by_the_sweep(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    def die(*_: object, **__: object) -> None:
        raise Died

    with Receiver(then=Answer(status)) as receiver, travelled(timedelta(0)) as further, collected() as letters:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        if status == 500:
            for _ in range(2):
                handle(*waiting(partner))
                further(timedelta(hours=1.3))
        due = waiting(partner)
        with monkeypatch.context() as patch:
            patch.setattr(notices, "send_mail", die)
            with pytest.raises(Died):
                handle(*due)
        assert letters.sent == []
        for _ in range(2):
            further(timedelta(minutes=3))
            sweep()
            drain()
    assert [letter.subject.split(" (")[0] for letter in letters.sent] == [SUBJECTS[0 if status == 500 else 2]]


def test_letter_that_is_not_taken_is_given_up_after_a_day(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        tried.append(now())
        raise MailNotSent("throttled")

    tried: list[datetime] = []
    monkeypatch.setattr(notices, "send_mail", refuse)
    with Receiver(then=Answer(410)) as receiver, travelled(timedelta(0)) as further:
        partner.endpoint(receiver.url)
        partner.emit()
        assert handle(*waiting(partner)) == []
        for pause in (timedelta(hours=23), timedelta(hours=2), timedelta(hours=1)):
            further(pause)
            sweep()
            drain()
    assert len(tried) == 2


def test_partner_without_a_contact_address_is_not_written_to() -> None:
    silent = Partner()
    with Receiver(then=Answer(410)) as receiver, collected() as letters:
        silent.endpoint(receiver.url)
        silent.emit()
        drain()
    assert silent.state() == "disabled"
    assert letters.sent == []


def test_endpoint_that_is_enabled_again_begins_as_healthy(partner: Partner) -> None:
    with Receiver(answers=[Answer(500)] * 10 + [Answer(410)]) as receiver, travelled(timedelta(0)) as further:
        endpoint = partner.endpoint(receiver.url)
        partner.emit_many(10)
        drain()
        health = health_of(partner)
        assert health.state == OPEN
        further(from_epoch_micros(health.open_until) - now() + timedelta(seconds=20))
        handle(newest(partner))
        assert partner.state() == "disabled"
        partner.emit()
        assert partner.deliveries()[0]["status"] == "disabled"
        reply = partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"enabled": True})
        assert (reply.json["enabled"], reply.json["state"]) == (True, "healthy")
        assert health_of(partner) == Health()
        partner.emit()
        drain()
        assert partner.deliveries()[0]["status"] == "delivered"
