"""Death of the process at every step of each change of Dreamspace; then the change is made again, and time passes.

What was acknowledged is there, once; nothing refers to what is not there; nothing is left that nobody can see.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.dreamspace.world import Dream, document, event, stamp
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import acts_of, rows_of
from tests.faults.recovery import let_time_pass, lose_messages
from tests.faults.wire import Lifeline

_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_CHOSEN = 3
LARGE = "x" * 50_000

pytestmark = pytest.mark.usefixtures("impatient_queues")


@dataclass(frozen=True)
class Story:
    """A change and what must be true in the end, whether it was made once, or begun and made again."""

    change: Callable[[Dream], Any]
    expect: Callable[[Dream], bool]


def _prepare(dream: Dream) -> None:
    made = dream.event(
        user={"twitch_id": "1", "name": "ada"}, document=document(document_data=LARGE, stamps=[stamp(), stamp()])
    )
    assert (made["user_id"], made["document_id"]) == (1, 1)
    for _ in range(3):
        dream.post("/transactions", {"user_id": 1, "amount": 1, "description": "x"})
        dream.post("/specimens", {"owner_id": 1})


def _gone(method: str, path: str) -> Callable[[Dream], Any]:
    return lambda dream: dream.call(method, path)


STORIES = {
    "an event with everything": Story(
        lambda dream: dream.call(
            "POST",
            "/events",
            event(
                user={"twitch_id": "2", "name": "bob"}, document=document(document_data=LARGE, stamps=[stamp("new")])
            ),
        ),
        lambda dream: (
            len(dream.get("/users")) == 2
            and len(dream.get("/documents", stamp_type="new"))
            == len(dream.get("/events", user_id=_id_of(dream, "2")))
            > 0
        ),
    ),
    "a document's data and stamps": Story(
        lambda dream: dream.call("PATCH", "/documents/1", {"document_data": LARGE + "y", "stamps": [stamp("new")]}),
        lambda dream: (
            dream.get("/documents/1")["document_data"] == LARGE + "y"
            and [one["stamp_type"] for one in dream.get("/stamps")] == ["new"]
        ),
    ),
    "a user's end": Story(_gone("DELETE", "/users/1"), lambda dream: dream.get("/users") == []),
    "a document's end": Story(_gone("DELETE", "/documents/1"), lambda dream: dream.get("/documents") == []),
    "another twitch_id": Story(
        lambda dream: dream.call("PATCH", "/users/1", {"twitch_id": "3"}),
        lambda dream: dream.get("/users/1")["twitch_id"] == "3",
    ),
    "a seal": Story(
        lambda dream: dream.call("PATCH", "/documents/1", {"seal": 5}),
        lambda dream: [one["event_id"] for one in dream.get("/events", document_seal=5)] == [1],
    ),
}


def _id_of(dream: Dream, twitch_id: str) -> int:
    return int(dream.get("/users", twitch_id=twitch_id)[0]["user_id"])


@pytest.mark.parametrize("name", STORIES)
def test_data_ends_sound_whatever_step_the_process_dies_at(shared_platform: SharedPlatform, name: str) -> None:
    story = STORIES[name]
    steps = _steps(story, shared_platform)
    random = Random(f"{_SEED} {name}")
    numbers = range(1, len(steps) + 1)
    chosen = [(step, lost) for step in numbers for lost in (False, True)]
    broken = []
    for fatal, lost in chosen if _ALL else random.sample(chosen, _CHOSEN):
        try:
            _die_and_recover(story, shared_platform, fatal=fatal, lost=lost)
        except AssertionError as error:
            broken.append(f"died {steps[fatal - 1]} (step {fatal} of {len(steps)}), lost={lost}:\n{error}")
    assert not broken, f"seed {_SEED}\n" + "\n\n".join(broken)


def _steps(story: Story, platform: SharedPlatform) -> list[str]:
    dream = _new(platform)
    lifeline = Lifeline()
    with lifeline.held():
        assert story.change(dream).status == 200
        platform.drain()
    let_time_pass(platform, rounds=2)
    _assert_ended_well(story, dream)
    return lifeline.points


def _die_and_recover(story: Story, platform: SharedPlatform, *, fatal: int, lost: bool) -> None:
    dream = _new(platform)
    with Lifeline(fatal).held():
        story.change(dream)
        platform.drain()
    if lost:
        lose_messages()
    assert story.change(dream).status in (200, 404)
    let_time_pass(platform, rounds=3)
    _assert_ended_well(story, dream)


def _new(platform: SharedPlatform) -> Dream:
    dream = Dream(platform, platform.new_partner(collection=False))
    _prepare(dream)
    return dream


def _assert_ended_well(story: Story, dream: Dream) -> None:
    assert story.expect(dream)
    assert_sound(dream)


def assert_sound(dream: Dream) -> None:
    """Raises `AssertionError` where a row, an object or an entry has nothing to belong to, or lacks one."""
    every = rows_of(dream.origin, "dreamspace")
    rows = {(row["pk"], row["sk"]): row for row in every if "#COUNTER" not in row["pk"]}
    users = {row["user_id"]: row for (_, sk), row in rows.items() if sk == "USER" and "version" in row}
    documents = {row["document_id"]: row for (_, sk), row in rows.items() if sk == "DOCUMENT"}
    assert not [key for key in rows if key[1] == "PENDING" or key[1].startswith("OBJECT#")]
    for (pk, sk), row in rows.items():
        if sk.startswith(("TRANSACTION#", "SPECIMEN#", "UNFORGOTTEN#", "WALLET")):
            assert int(pk.rpartition("#")[2]) in users, (pk, sk)
        if "#TWITCH#" in pk:
            assert users[row["user_id"]]["twitch_id"], pk
        if sk.startswith("EVENT#") and row.get("document_id") is not None:
            assert row["seal"] == documents[row["document_id"]]["seal"]
        if "#STAMP#" in pk:
            assert row["generation"] == documents[row["document_id"]]["generation"]
    for number, row in users.items():
        amounts = [one["amount"] for one in rows.values() if "transaction_id" in one and one["user_id"] == number]
        wallet = rows.get((row["pk"], "WALLET"))
        assert (wallet["balance"] if wallet else None) == (sum(amounts) if amounts else None)
    found = aws.client("s3").list_objects_v2(Bucket=settings().bucket, Prefix=f"dreamspace/{dream.origin}/")
    stored = {entry["Key"] for entry in found.get("Contents", [])}
    assert stored == {row["object_key"] for row in documents.values() if row.get("object_key")}
    kept = [row for (_, sk), row in rows.items() if sk.startswith(("EVENT#", "TRANSACTION#"))]
    acts = [row for row in kept if row.get("recorded_as")]
    assert len(acts_of(dream.origin)) == len(acts)
    for row in acts:
        assert row["recorded_as"] == users[row["user_id"]]["twitch_id"]
