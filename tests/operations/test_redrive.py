"""POST /admin/queues/{name}/redrive."""

import logging
from typing import Any

import pytest

from chalicelib.chain.queues import JOBS
from chalicelib.core.queues import MAX_RECEIVE_COUNT, Queue, move_to_dead_letters
from chalicelib.core.settings import settings
from chalicelib.operations.service import QUEUES
from chalicelib.webhooks.queues import FAST, SLOW
from tests.operations.queues import fill, refusing, show_failures_at_once, take_all, worked_at_once
from tests.platform import Answer, Partner, Platform
from tests.receivers import Receiver


def _redrive(platform: Platform, name: str, body: Any = None) -> Answer:
    return platform.call("POST", f"/admin/queues/{name}/redrive", key=settings().admin_key, body=body)


def _state(platform: Platform, name: str) -> dict[str, Any]:
    listed = platform.call("GET", "/admin/queues", key=settings().admin_key).json["data"]
    return dict(next(queue for queue in listed if queue["name"] == name))


def test_a_poison_message_dies_after_five_receives_and_is_sent_back(queues: Platform) -> None:
    show_failures_at_once(FAST)
    fill(FAST.full_name, "not a message")
    assert queues.drain().failed == MAX_RECEIVE_COUNT
    assert (_state(queues, FAST.name)["depth"], _state(queues, FAST.name)["dead_letters"]) == (0, 1)
    assert _redrive(queues, FAST.name).json == {"moved": 1, "failed": 0}
    assert (_state(queues, FAST.name)["depth"], _state(queues, FAST.name)["dead_letters"]) == (1, 0)
    assert queues.drain().failed == MAX_RECEIVE_COUNT, "it is no better than it was, and dies again"
    assert _state(queues, FAST.name)["dead_letters"] == 1


@pytest.mark.parametrize("queue", QUEUES, ids=lambda queue: queue.name)
def test_every_queue_gets_its_dead_letters_back(queues: Platform, queue: Queue) -> None:
    group = "any" if queue.fifo else None
    fill(queue.dead_letter_name, "not a message", group=group)
    assert _redrive(queues, queue.name).json == {"moved": 1, "failed": 0}
    assert take_all(queue.full_name) == [("not a message", group)]
    assert take_all(queue.dead_letter_name) == []


def test_a_message_that_dies_again_meanwhile_is_sent_back_once(queues: Platform) -> None:
    fill(JOBS.dead_letter_name, "not a message", group="any")
    with worked_at_once(queues):
        assert _redrive(queues, JOBS.name).json == {"moved": 1, "failed": 0}
    assert [body for body, _ in take_all(JOBS.dead_letter_name)] == ["not a message"]


def test_a_redriven_message_is_worked(queues: Platform, partner: Partner) -> None:
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url)["id"]
        path, body = f"/webhooks/endpoints/{endpoint}/test", {"event_type": "newBcNftMint"}
        queues.call("POST", path, key=partner.key, body=body)
        [(message, _)] = take_all(FAST.full_name)
        assert move_to_dead_letters(FAST, message)
        assert receiver.requests == []
        assert _redrive(queues, FAST.name, {}).json["moved"] == 1
        assert queues.drain().succeeded == 1
        assert len(receiver.requests) == 1


def test_a_fifo_queue_gets_its_messages_back_in_their_groups_and_order(queues: Platform) -> None:
    fill(JOBS.dead_letter_name, "a1", "a2", "a3", group="a")
    fill(JOBS.dead_letter_name, "b1", "b2", group="b")
    assert _redrive(queues, JOBS.name).json == {"moved": 5, "failed": 0}
    moved = take_all(JOBS.full_name)
    assert [body for body, group in moved if group == "a"] == ["a1", "a2", "a3"]
    assert [body for body, group in moved if group == "b"] == ["b1", "b2"]


def test_no_more_than_the_limit_are_moved(queues: Platform) -> None:
    fill(SLOW.dead_letter_name, *(f"m{number}" for number in range(13)))
    assert _redrive(queues, SLOW.name, {"limit": 12}).json == {"moved": 12, "failed": 0}
    assert _state(queues, SLOW.name)["depth"] == 12
    assert _state(queues, SLOW.name)["dead_letters"] == 1


def test_an_empty_dead_letter_queue_moves_nothing(queues: Platform) -> None:
    assert _redrive(queues, FAST.name).json == {"moved": 0, "failed": 0}


def test_a_message_that_cannot_be_sent_stays_dead_and_the_others_go(queues: Platform) -> None:
    fill(FAST.dead_letter_name, "first", "refused", "last")
    with refusing("SendMessage", holding="refused"):
        assert _redrive(queues, FAST.name).json == {"moved": 2, "failed": 1}
    assert sorted(take_all(FAST.full_name)) == [("first", None), ("last", None)]
    assert take_all(FAST.dead_letter_name) == [("refused", None)], "at once, and not when its time-out is over"


def test_in_a_fifo_queue_nothing_overtakes_a_message_that_cannot_be_sent(queues: Platform) -> None:
    fill(JOBS.dead_letter_name, "a1", "refused", "a3", group="a")
    fill(JOBS.dead_letter_name, "b1", group="b")
    with refusing("SendMessage", holding="refused"):
        _redrive(queues, JOBS.name)
    assert sorted(take_all(JOBS.full_name)) == [("a1", "a"), ("b1", "b")]
    assert _redrive(queues, JOBS.name).json == {"moved": 2, "failed": 0}
    assert take_all(JOBS.full_name) == [("refused", "a"), ("a3", "a")]


def test_a_redrive_that_ends_between_send_and_delete_repeats_and_loses_nothing(queues: Platform) -> None:
    fill(FAST.dead_letter_name, "kept")
    with refusing("DeleteMessage"):
        assert _redrive(queues, FAST.name).json == {"moved": 1, "failed": 0}
    assert _state(queues, FAST.name)["dead_letters"] == 1
    assert take_all(FAST.full_name) == [("kept", None)]


def test_in_a_fifo_queue_the_repeat_is_dropped(queues: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.operations.repository.HOLD_SECONDS", 0)
    fill(JOBS.dead_letter_name, "once", group="a")
    with refusing("DeleteMessage"):
        assert _redrive(queues, JOBS.name, {"limit": 1}).json["moved"] == 1
    assert _redrive(queues, JOBS.name).json["moved"] == 1
    assert take_all(JOBS.full_name) == [("once", "a")]
    assert _state(queues, JOBS.name)["dead_letters"] == 0


def test_it_ends_when_sqs_takes_nothing(queues: Platform) -> None:
    fill(FAST.dead_letter_name, *(f"m{number}" for number in range(11)))
    with refusing("SendMessage"):
        assert _redrive(queues, FAST.name).json == {"moved": 0, "failed": 10}
    assert len(take_all(FAST.dead_letter_name)) == 11


def test_it_ends_when_its_time_is_over(queues: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.operations.service.REDRIVE_SECONDS", 0.0)
    fill(FAST.dead_letter_name, "waiting")
    assert _redrive(queues, FAST.name).json == {"moved": 0, "failed": 0}
    assert _state(queues, FAST.name)["dead_letters"] == 1


def test_every_redrive_is_told_to_the_log(queues: Platform, caplog: pytest.LogCaptureFixture) -> None:
    fill(FAST.dead_letter_name, "told")
    with caplog.at_level(logging.INFO, "spacegarden.operations"):
        _redrive(queues, FAST.name)
    [record] = [vars(record) for record in caplog.records if record.name == "spacegarden.operations"]
    assert (record["message"], record["queue"], record["moved"], record["failed"], record["actor"]) == (
        "dead letters redriven",
        FAST.name,
        1,
        0,
        "admin",
    )


def test_an_unknown_queue_is_404(platform: Platform) -> None:
    answer = _redrive(platform, "nothing")
    assert (answer.status, answer.error_code) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("limit", [0, 10_001, "5", 1.5, True, None])
def test_a_wrong_limit_is_400(platform: Platform, limit: Any) -> None:
    assert _redrive(platform, FAST.name, {"limit": limit}).status == 400


def test_an_unknown_field_is_400(platform: Platform) -> None:
    assert _redrive(platform, FAST.name, {"limits": 5}).status == 400


@pytest.mark.parametrize("key", [None, "sg_dev_admin_wrong"])
def test_without_the_admin_key_it_is_401_and_nothing_moves(queues: Platform, key: str | None) -> None:
    fill(FAST.dead_letter_name, "dead")
    answer = queues.call("POST", f"/admin/queues/{FAST.name}/redrive", key=key)
    assert (answer.status, answer.error_code) == (401, "UNAUTHORIZED")
    assert take_all(FAST.dead_letter_name) == [("dead", None)]


def test_a_partners_key_is_401(queues: Platform, partner: Partner) -> None:
    assert queues.call("POST", f"/admin/queues/{FAST.name}/redrive", key=partner.key).status == 401
