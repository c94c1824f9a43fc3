"""The activity ledger: which acts it holds of a partner's Dreamspace, under whom, and when."""

from typing import Any

from chalicelib.activity.domain import Identity, moment_at
from chalicelib.core.clock import epoch_micros
from tests.dreamspace.world import Dream
from tests.faults.invariants import acts_of

WHEN = "2025-06-08T20:12:00+10:00"


def entries(dream: Dream) -> set[tuple[str, str, str]]:
    """Twitch id, activity and source of each entry. Only ids `t1` to `t9` are looked for."""
    names = {Identity("twitch", f"t{number}").digest: f"t{number}" for number in range(1, 10)}
    return {(names.get(act.whose, act.whose), act.activity, act.source) for act in acts_of(dream.origin)}


def moments(dream: Dream) -> list[int]:
    """Microseconds of each entry."""
    return sorted(epoch_micros(moment_at(act.position)) for act in acts_of(dream.origin))


def made(dream: Dream, user: Any, **fields: Any) -> int:
    """A plain event; gives its id."""
    return int(dream.event(user_id=user["user_id"], occurred_at=WHEN, **fields)["event_id"])


def test_events_and_transactions_are_entries_of_their_users(dream: Dream) -> None:
    known, unknown = dream.user("t1"), dream.user(None)
    number = made(dream, known)
    made(dream, unknown)
    dream.post("/transactions", {"user_id": known["user_id"], "amount": 1, "description": "x"})
    dream.post("/specimens", {"owner_id": known["user_id"]})
    assert entries(dream) == {
        ("t1", "dreamspace:plain", f"event:{number}"),
        ("t1", "dreamspace:transaction", "transaction:1"),
    }
    assert moments(dream)[0] == 1_749_377_520_000_000


def test_change_of_time_or_user_moves_the_entry_and_deletion_removes_it(dream: Dream) -> None:
    first, second = dream.user("t1"), dream.user("t2")
    number = made(dream, first)
    path, source = f"/events/{number}", f"event:{number}"
    dream.patch(path, {"occurred_at": "2025-06-08T10:12:00Z"})
    assert (len(moments(dream)), moments(dream)[0]) == (1, 1_749_377_520_000_000)
    dream.patch(path, {"occurred_at": "2025-06-08T10:12:01Z"})
    assert moments(dream) == [1_749_377_521_000_000]
    dream.patch(path, {"user_id": second["user_id"]})
    assert entries(dream) == {("t2", "dreamspace:plain", source)}
    dream.patch(path, {"user_id": first["user_id"], "occurred_at": WHEN})
    assert entries(dream) == {("t1", "dreamspace:plain", source)}
    dream.patch(path, {"message": "other"})
    dream.delete(path)
    assert entries(dream) == set()


def test_entries_follow_a_user_to_its_new_twitch_id(dream: Dream) -> None:
    user = dream.user(None)
    number = made(dream, user)
    dream.post("/transactions", {"user_id": user["user_id"], "amount": 1, "description": "x"})
    for twitch_id in ("t1", "t2", None, "t3"):
        dream.patch(f"/users/{user['user_id']}", {"twitch_id": twitch_id})
        dream.platform.drain()
        assert {who for who, _, _ in entries(dream)} == ({twitch_id} if twitch_id else set())
    dream.delete(f"/events/{number}")
    assert entries(dream) == {("t3", "dreamspace:transaction", "transaction:1")}


def test_entries_go_with_their_user(dream: Dream) -> None:
    user, heir = dream.user("t1"), dream.user("t2")
    number = made(dream, user)
    dream.post("/transactions", {"user_id": user["user_id"], "amount": 1, "description": "x"})
    dream.delete(f"/users/{user['user_id']}")
    dream.platform.drain()
    assert entries(dream) == set()
    dream.patch(f"/events/{number}", {"user_id": heir["user_id"]})
    assert entries(dream) == {("t2", "dreamspace:plain", f"event:{number}")}


def test_event_given_away_while_its_user_is_being_tidied_up_keeps_its_entry(dream: Dream) -> None:
    user, heir = dream.user("t1"), dream.user("t2")
    number = made(dream, user)
    dream.delete(f"/users/{user['user_id']}")
    dream.patch(f"/events/{number}", {"user_id": heir["user_id"]})
    dream.platform.drain()
    assert entries(dream) == {("t2", "dreamspace:plain", f"event:{number}")}
