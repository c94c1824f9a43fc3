"""`spacegarden queues` and `spacegarden deliveries`."""

import json

import pytest

from chalicelib.chain.queues import JOBS
from chalicelib.operations.service import QUEUES
from chalicelib.webhooks.queues import FAST, SLOW
from tests.cli.shell import Shell, fields_of
from tests.operations.queues import empty_queues, fill, refusing, take_all


@pytest.fixture(autouse=True)
def nothing_waits(shell: Shell) -> None:
    """Nothing is in any queue."""
    del shell  # which has the platform running
    empty_queues()


def test_list_prints_the_queues(shell: Shell) -> None:
    fill(FAST.full_name, "one", "two")
    fill(JOBS.dead_letter_name, "dead", group="a")
    lines = [line.split() for line in shell.say("queues", "list").splitlines()]
    assert lines[0] == ["NAME", "DEPTH", "IN_FLIGHT", "DELAYED", "DEAD_LETTERS", "OLDEST_AGE_SECONDS"]
    told = {JOBS.name: ["0", "0", "0", "1", "-"], FAST.name: ["2", "0", "0", "0", "-"]}
    assert lines[1:] == [[queue.name, *told.get(queue.name, ["0", "0", "0", "0", "-"])] for queue in QUEUES]


def test_list_as_json_is_the_apis_list(shell: Shell) -> None:
    listed = shell.json("queues", "list")
    assert (listed["object"], [queue["name"] for queue in listed["data"]]) == (
        "list",
        [queue.name for queue in QUEUES],
    )


def test_redrive_sends_the_dead_back_after_a_yes(shell: Shell) -> None:
    fill(SLOW.dead_letter_name, "one", "two")
    result = shell.run("queues", "redrive", SLOW.name, typed="y\n")
    assert result.exit_code == 0
    assert "Sent 2 dead letters back; `queues list` shows what dies again." in result.stdout
    assert fields_of(result.stdout) == {"name": SLOW.name, "moved": "2", "failed": "0"}
    assert len(take_all(SLOW.full_name)) == 2


def test_redrive_does_nothing_after_a_no(shell: Shell) -> None:
    fill(SLOW.dead_letter_name, "one")
    result = shell.run("queues", "redrive", SLOW.name, typed="n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert take_all(SLOW.dead_letter_name) == [("one", None)]


def test_redrive_does_not_ask_with_yes(shell: Shell) -> None:
    fill(JOBS.dead_letter_name, "one", group="a")
    assert shell.json("queues", "redrive", JOBS.name, "--yes") == {"name": JOBS.name, "moved": 1, "failed": 0}
    assert take_all(JOBS.full_name) == [("one", "a")]


def test_redrive_stops_at_the_limit(shell: Shell) -> None:
    fill(FAST.dead_letter_name, "one", "two", "three")
    assert shell.json("queues", "redrive", FAST.name, "--limit", "2", "--yes")["moved"] == 2
    assert len(take_all(FAST.dead_letter_name)) == 1


def test_redrive_asks_again_for_what_one_call_does_not_move(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.commands.queues._LARGEST_REDRIVE", 2)
    fill(FAST.dead_letter_name, "one", "two", "three", "four", "five")
    assert shell.json("queues", "redrive", FAST.name, "--yes") == {"name": FAST.name, "moved": 5, "failed": 0}


def test_redrive_tells_of_messages_that_stay(shell: Shell) -> None:
    fill(FAST.dead_letter_name, "one", "refused")
    with refusing("SendMessage", holding="refused"):
        printed = shell.say("queues", "redrive", FAST.name, "--yes")
    assert "Sent 1 dead letter back. 1 could not be sent and stay" in printed
    assert fields_of(printed)["failed"] == "1"


def test_redrive_of_an_unknown_queue_is_refused(shell: Shell) -> None:
    result = shell.run("queues", "redrive", "nothing", "--yes")
    assert result.exit_code == 1
    assert "There is no queue nothing; there are rewards, " in result.stderr


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_wrong_limit_is_wrong_usage(shell: Shell, limit: str) -> None:
    assert shell.run("queues", "redrive", FAST.name, "--limit", limit, "--yes").exit_code == 2


def test_deliveries_redrive_sends_back_those_of_both_webhook_queues(shell: Shell) -> None:
    fill(FAST.dead_letter_name, "first")
    fill(SLOW.dead_letter_name, "second", "third")
    fill(JOBS.dead_letter_name, "a job", group="a")
    answer = shell.json("deliveries", "redrive", "--yes")
    assert (answer["moved"], answer["failed"]) == (3, 0)
    assert [(queue["name"], queue["moved"]) for queue in answer["queues"]] == [(FAST.name, 1), (SLOW.name, 2)]
    assert take_all(JOBS.dead_letter_name) == [("a job", "a")]


def test_deliveries_redrive_asks_once_for_both(shell: Shell) -> None:
    fill(FAST.dead_letter_name, "first")
    result = shell.run("deliveries", "redrive", "--json", typed="y\n")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["moved"] == 1
    assert result.stderr.count("[y/N]") == 1
