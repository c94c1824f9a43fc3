"""`spacegarden webhooks` and `spacegarden trigger`."""

from time import sleep
from typing import get_args

import pytest

from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import RECOVERABLE, SCHEDULES, STATUSES, Ordering, Schedule
from chalicelib.webhooks.service import emit, missing
from cli.commands import webhook_deliveries, webhook_endpoints
from tests.answers import made_up_bodies
from tests.cli.shell import Shell, fields_of
from tests.platform import Partner
from tests.receivers import Answer, Receiver


@pytest.fixture
def mine(shell: Shell, partner: Partner) -> Shell:
    """A shell with the partner's key."""
    return shell.with_key(partner.key)


@pytest.fixture
def endpoint(partner: Partner) -> str:
    """An endpoint that nothing is sent to."""
    return str(partner.add_endpoint("http://127.0.0.1:9/hook", enabled=False)["id"])


def test_the_choices_are_the_platforms() -> None:
    assert webhook_deliveries.STATUSES == STATUSES
    assert get_args(Ordering) == webhook_endpoints.ORDERINGS
    assert get_args(Schedule) == tuple(SCHEDULES) == webhook_endpoints.SCHEDULES
    assert webhook_deliveries.RECOVERABLE == RECOVERABLE


def test_add_shows_the_secret_once(mine: Shell) -> None:
    printed = mine.say("webhooks", "endpoints", "add", "http://127.0.0.1:9/", "--event", "newBcNftMint", "--disabled")
    fields = fields_of(printed)
    assert fields["secret"].startswith("whsec_")
    assert (fields["event_types"], fields["enabled"]) == ("newBcNftMint", "no")
    assert "Keep the secret now" in printed
    assert "secret" not in fields_of(mine.say("webhooks", "endpoints", "show", fields["id"]))


def test_list_prints_a_table(mine: Shell, endpoint: str) -> None:
    lines = [line.split() for line in mine.say("webhooks", "endpoints", "list").splitlines()]
    assert lines[0] == ["ID", "URL", "EVENT_TYPES", "STATE", "CREATED"]
    assert lines[1][:4] == [endpoint, "http://127.0.0.1:9/hook", "all", "disabled"]


def test_update_changes_what_is_given(mine: Shell, endpoint: str) -> None:
    changed = mine.json("webhooks", "endpoints", "update", endpoint, "--event", "newBcNftMint", "--enable")
    assert (changed["event_types"], changed["enabled"]) == (["newBcNftMint"], True)
    changed = mine.json("webhooks", "endpoints", "update", endpoint, "--event", "all", "--disable")
    assert (changed["event_types"], changed["enabled"]) == ([], False)
    assert (
        mine.json("webhooks", "endpoints", "update", endpoint, "--ordering", "per_subject")["ordering"] == "per_subject"
    )


def test_headers_and_filter_are_given_replaced_and_taken_away(mine: Shell, endpoint: str) -> None:
    update = ("webhooks", "endpoints", "update", endpoint)
    changed = mine.json(*update, "--header", "X_A: éin", "--header", "X-B:two", "--filter", '[[{"field":"a","gte":1}]]')
    assert (changed["headers"], changed["filter"]) == (["X_A", "X-B"], [[{"field": "a", "gte": 1}]])
    fields = fields_of(mine.say("webhooks", "endpoints", "show", endpoint))
    assert fields["headers"] == "X_A, X-B"
    changed = mine.json(*update, "--no-headers", "--filter", "[]")
    assert (changed["headers"], changed["filter"]) == ([], [])
    assert mine.run(*update, "--filter", "{}").exit_code == 2
    for refused in ("X A: one", "X-A", ": one", "X-A: €", "X-A: one\ntwo"):
        assert mine.run(*update, "--header", refused).exit_code == 2


def test_a_filter_is_tried(mine: Shell, endpoint: str) -> None:
    mine.say("webhooks", "endpoints", "test", endpoint, "newBcNftMint")
    said = mine.say("webhooks", "endpoints", "filter-test", endpoint, "--filter", '[[{"field":"test","equals":true}]]')
    assert "1 of the 1 newest events pass." in said
    tried = mine.json("webhooks", "endpoints", "filter-test", endpoint, "--filter", '[[{"field":"test","equals":1}]]')
    assert (tried["count"], tried["passed"]) == (1, 0)
    samples = ("--samples", "--event", "newBcNftMint", "--event", "newBcInteraction")
    assert "2 of the 2 samples pass." in mine.say("webhooks", "endpoints", "filter-test", endpoint, *samples)


def test_what_was_missed_is_counted_first(mine: Shell, endpoint: str) -> None:
    mine.say("webhooks", "endpoints", "test", endpoint, "newBcNftMint")
    recover = ("webhooks", "endpoints", "recover", endpoint, "--since", "2026-01-01T00:00:00Z")
    assert mine.json(*recover, "--dry-run") == {"count": 1}
    assert "0 deliveries would begin anew." in mine.say(*recover, "--status", "exhausted", "--dry-run")
    mine.say("webhooks", "endpoints", "update", endpoint, "--enable")
    assert mine.json(*recover, "--event", "newBcNftMint", "--status", "disabled") == {"count": 1}


def test_what_is_missing_is_counted_and_sent(mine: Shell, partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(missing, "MOST_EVENTS", 2)
    for number in range(5):
        transaction = Transaction()
        with made_up_bodies():
            emit(transaction, origin=partner.origin, event_type="newBcNftMint", content={"number": number})
        transaction.commit()
        sleep(0.002)  # no two of one millisecond, so that several calls are needed
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url, event_types=["newBcNftMint"])["id"]
        replay = ("webhooks", "endpoints", "replay-missing", endpoint, "--since", "2026-01-01T00:00:00Z")
        assert "5 events would be delivered." in mine.say(*replay, "--dry-run")
        assert mine.json(*replay, "--event", "newBcInteraction") == {"count": 0}
        assert mine.json(*replay) == {"count": 5}
        partner.platform.drain()
        assert len(receiver.requests) == 5


def test_rotate_shows_the_new_secret(mine: Shell, endpoint: str) -> None:
    assert mine.json("webhooks", "endpoints", "rotate", endpoint)["secret"].startswith("whsec_")


def test_delete_asks_first(mine: Shell, endpoint: str) -> None:
    assert mine.run("webhooks", "endpoints", "delete", endpoint, typed="n\n").exit_code == 1
    mine.say("webhooks", "endpoints", "delete", endpoint, "--yes")
    assert mine.json("webhooks", "endpoints", "list")["data"] == []


def test_a_delivery_is_told_in_words_and_replayed(mine: Shell, partner: Partner) -> None:
    with Receiver(answers=[Answer(503, body=b"Not today.")]) as receiver:
        endpoint = partner.add_endpoint(receiver.url)["id"]
        sent = mine.json("webhooks", "endpoints", "test", endpoint, "newBcNftMint")
        partner.platform.drain()
        shown = mine.say("webhooks", "deliveries", "show", sent["id"])
        assert fields_of(shown)["state"] == "retrying, 1 failed"
        assert fields_of(shown)["event_id"] == sent["event_id"]
        assert "Not today." in shown
        listed = mine.say("webhooks", "deliveries", "list", "--status", "scheduled", "--endpoint", endpoint)
        assert "retrying, 1 failed" in listed
        assert "503" in listed
        assert "begins anew" in mine.say("webhooks", "deliveries", "replay", sent["id"])
        partner.platform.drain()
        assert (
            fields_of(mine.say("webhooks", "deliveries", "show", sent["id"]))["state"] == "delivered after 2 attempts"
        )


def test_a_delivery_is_canceled_and_brought_back(mine: Shell, partner: Partner) -> None:
    with Receiver(answers=[Answer(503)]) as receiver:
        endpoint = partner.add_endpoint(receiver.url)["id"]
        sent = mine.json("webhooks", "endpoints", "test", endpoint, "newBcNftMint")["id"]
        partner.platform.drain()
        assert fields_of(mine.say("webhooks", "deliveries", "cancel", sent))["state"] == "canceled after 1 attempt"
        assert sent in mine.say("webhooks", "deliveries", "list", "--status", "canceled")
        recover = ("webhooks", "endpoints", "recover", endpoint, "--since", "2026-01-01T00:00:00Z")
        assert mine.json(*recover, "--status", "canceled") == {"count": 1}


def test_all_that_is_scheduled_is_canceled_after_a_question(mine: Shell, partner: Partner) -> None:
    endpoint = str(partner.add_endpoint("http://127.0.0.1:9/hook")["id"])
    for _ in range(2):
        mine.say("webhooks", "endpoints", "test", endpoint, "newBcNftMint")
    cancel = ("webhooks", "endpoints", "cancel-pending", endpoint)
    assert mine.run(*cancel, typed="n\n").exit_code == 1
    assert "2 deliveries would be canceled." in mine.say(*cancel, "--dry-run")
    assert mine.json(*cancel, "--event", "newBcNftMint", "--yes") == {"count": 2}
    listed = mine.json("webhooks", "deliveries", "list", "--endpoint", endpoint)["data"]
    assert [each["status"] for each in listed] == ["canceled"] * 2


def test_a_delivery_that_its_receiver_aborted_is_told_so(mine: Shell, partner: Partner) -> None:
    with Receiver(answers=[Answer(422, {"webhook-delivery": "abort-message"})]) as receiver:
        endpoint = partner.add_endpoint(receiver.url)["id"]
        sent = mine.json("webhooks", "endpoints", "test", endpoint, "newBcNftMint")["id"]
        partner.platform.drain()
    shown = fields_of(mine.say("webhooks", "deliveries", "show", sent))
    assert shown["state"] == "canceled by the receiver after 1 attempt"


def test_events_are_listed_by_type_and_shown_with_their_body(mine: Shell, endpoint: str) -> None:
    sent = mine.json("webhooks", "endpoints", "test", endpoint, "newBcNftMint")
    [listed] = mine.json("webhooks", "events", "list", "--type", "newBcNftMint")["data"]
    assert listed["id"] == sent["event_id"]
    assert '"test": true' in mine.say("webhooks", "events", "show", listed["id"])


def test_trigger_takes_the_only_endpoint(mine: Shell, endpoint: str) -> None:
    assert mine.json("trigger", "newBcNftMint")["endpoint_id"] == endpoint


def test_trigger_asks_which_of_several(mine: Shell, partner: Partner, endpoint: str) -> None:
    other = str(partner.add_endpoint("http://127.0.0.1:9/other", enabled=False)["id"])
    result = mine.run("trigger", "newBcNftMint")
    assert result.exit_code == 2
    assert endpoint in result.stderr
    assert mine.json("trigger", "newBcNftMint", "--endpoint", other)["endpoint_id"] == other


def test_trigger_without_an_endpoint_says_how_to_add_one(mine: Shell) -> None:
    result = mine.run("trigger", "newBcNftMint")
    assert result.exit_code == 2
    assert "webhooks endpoints add" in result.stderr


def test_a_wrong_key_is_told_how_to_give_the_right_one(shell: Shell) -> None:
    result = shell.with_key("sg_dev_wrong").run("webhooks", "endpoints", "list")
    assert result.exit_code == 1
    assert "SPACEGARDEN_KEY" in result.stderr
    assert "sg_dev_wrong" not in result.stderr
