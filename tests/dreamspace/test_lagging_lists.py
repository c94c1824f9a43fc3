"""Lists read what their rows refer to from replicas, which lag, and still hide at once what was removed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.partners import repository
from tests.budgets.metering import metered
from tests.dreamspace.world import Dream, document, stamp
from tests.faults.lagging import replicas_standing_still

_SETTLED = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def later() -> Iterator[None]:
    """Nothing that a test made before it looks was removed a moment ago."""
    with travelled(_SETTLED):
        yield


@pytest.fixture
def events(dream: Dream) -> list[Any]:
    """Three events, each with a user and a document of its own, made a while ago."""
    with travelled(-_SETTLED):
        return [
            dream.event(user={"twitch_id": f"{name}", "name": name}, document=document(stamps=[stamp()]))
            for name in ("ada", "bob", "eve")
        ]


def test_deleted_user_is_hidden_at_once(dream: Dream, events: list[Any]) -> None:
    for each in events:
        dream.post("/transactions", {"user_id": each["user_id"], "amount": 1, "description": "x"})
        dream.post("/specimens", {"owner_id": each["user_id"]})
    with replicas_standing_still():
        dream.delete(f"/users/{events[1]['user_id']}")
        assert [each["user"] is None for each in dream.get("/events")] == [False, True, False]
        assert [each["user_id"] for each in dream.get("/transactions")] == [events[0]["user_id"], events[2]["user_id"]]
        assert [each["owner_id"] for each in dream.get("/specimens")] == [events[0]["user_id"], events[2]["user_id"]]


def test_deleted_document_is_hidden_at_once(dream: Dream, events: list[Any]) -> None:
    with replicas_standing_still():
        dream.delete(f"/documents/{events[1]['document_id']}")
        assert [each["document_id"] for each in dream.get("/events")] == [
            events[0]["document_id"],
            None,
            events[2]["document_id"],
        ]
        assert len(dream.get("/documents")) == 2
        assert len(dream.get("/stamps")) == 2


def test_replaced_stamps_are_hidden_at_once(dream: Dream, events: list[Any]) -> None:
    path = f"/documents/{events[0]['document_id']}"
    with replicas_standing_still():
        dream.patch(path, {"stamps": [stamp("reject")]})
        stamps = dream.get("/events")[0]["document"]["stamps"]
        assert [each["stamp_type"] for each in stamps] == ["reject"]
        assert {each["stamp_type"] for each in dream.get("/stamps")} == {"approve", "reject"}
        assert len(dream.get("/stamps")) == 3


def test_document_is_listed_under_its_new_seal_at_once(dream: Dream, events: list[Any]) -> None:
    with replicas_standing_still():
        dream.patch(f"/documents/{events[0]['document_id']}", {"seal": 9})
        assert [each["event_id"] for each in dream.get("/events", document_seal=9)] == [events[0]["event_id"]]
        assert len(dream.get("/events", document_seal=1)) == 2


@pytest.mark.usefixtures("events")
def test_what_a_replica_lacks_is_not_taken_to_be_gone(dream: Dream) -> None:
    with replicas_standing_still():
        made = dream.event(user={"twitch_id": "new", "name": "new"}, document=document())
        dream.post("/transactions", {"user_id": made["user_id"], "amount": 1, "description": "x"})
        assert dream.get("/events")[-1] == made
        assert dream.get("/documents")[-1] == made["document"]
        assert dream.get("/transactions")[-1]["user"] == made["user"]


def test_event_that_was_moved_to_a_new_user_shows_it(dream: Dream, events: list[Any]) -> None:
    with replicas_standing_still():
        user = dream.user()
        moved = dream.patch(f"/events/{events[0]['event_id']}", {"user_id": user["user_id"]})
        assert dream.get("/events")[0]["user"] == moved["user"]


def test_further_stamps_are_of_one_moment_with_their_document(dream: Dream) -> None:
    kind, made = "x" * 255, dream.document()
    path = f"/documents/{made['document_id']}"
    for _ in range(4):
        dream.put(f"{path}/stamps", [stamp(kind) for _ in range(60)])
    others = [dream.document() for _ in range(2)]
    with travelled(_SETTLED), replicas_standing_still():
        dream.put(f"{path}/stamps", [stamp(kind)])
        assert [len(each["stamps"]) for each in dream.get("/documents")] == [241, *(0 for _ in others)]


def test_a_page_is_two_requests_at_half_the_cost_of_a_strong_one(dream: Dream, events: list[Any]) -> None:
    def cost() -> tuple[int, float]:
        with metered(weigh=True) as bill:
            assert len(dream.get("/events", limit=10)) == len(events)
        return len(bill.of("dynamodb")), bill.read_units

    index, removal, each = 0.5, 1, 2 * len(events)
    assert cost() == (2, index + removal + each / 2)
    dream.delete(f"/users/{events[1]['user_id']}")
    assert cost() == (2, index + each)
    dream.platform.drain()
    with travelled(_SETTLED):
        assert cost() == (2, index + removal + each / 2)
        repository.keep_removal(dream.origin)  # as another function's call does
        assert cost() == (3, index + removal + each / 2 + each)
        assert cost() == (2, index + each)
