"""Dreamspace under many callers at the same moment: nothing is lost, nothing happens twice, no conflict is answered."""

from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.dreamspace.world import Dream, document, event, stamp
from tests.faults.crowd import SharedPlatform, at_once
from tests.faults.invariants import acts_of, rows_of
from tests.faults.recovery import let_time_pass
from tests.faults.wire import meanwhile
from tests.platform import Answer


@pytest.fixture
def dream(shared_platform: SharedPlatform) -> Dream:
    """A Dreamspace to be called from many threads."""
    return Dream(shared_platform, shared_platform.new_partner(collection=False))


def statuses(answers: list[Answer]) -> Counter[int]:
    """How often each status was answered."""
    return Counter(answer.status for answer in answers)


def test_fifty_posts_of_one_new_twitch_id_make_one_user(dream: Dream) -> None:
    bodies = [{"twitch_id": "1", "name": f"n{number}"} for number in range(50)]
    answers = at_once([partial(dream.call, "POST", "/users", body) for body in bodies])
    assert statuses(answers) == {200: 50}
    assert len({answer.json["user_id"] for answer in answers}) == 1
    [user] = dream.get("/users")
    assert user["name"] in {body["name"] for body in bodies}
    assert sum("#TWITCH#" in row["pk"] for row in rows_of(dream.origin, "dreamspace")) == 1


def test_fifty_events_of_one_new_inline_user_make_one_user(dream: Dream) -> None:
    body = event(user={"twitch_id": "1", "name": "ada"})
    answers = at_once([partial(dream.call, "POST", "/events", body)] * 50)
    assert statuses(answers) == {200: 50}
    assert len(dream.get("/users")) == 1
    assert len(dream.get("/events")) == 50


def test_hundred_transactions_of_one_wallet_are_all_counted(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    amounts = [number - 30 for number in range(100)]
    body = {"user_id": user, "description": "x"}
    answers = at_once([partial(dream.call, "POST", "/transactions", {**body, "amount": one}) for one in amounts])
    assert statuses(answers) == {200: 100}
    assert dream.get(f"/users/{user}/wallet")["balance"] == sum(amounts)
    assert sorted(one["amount"] for one in dream.get("/transactions")) == amounts
    assert len({answer.json["transaction_id"] for answer in answers}) == 100


def test_stamps_that_come_go_and_change_at_once_are_all_right_in_the_end(dream: Dream) -> None:
    made = dream.document(*(f"old{number}" for number in range(20)))
    path = f"/documents/{made['document_id']}"
    old = [one["stamp_id"] for one in made["stamps"]]
    calls = [partial(dream.call, "POST", f"{path}/stamps", stamp(f"new{number}")) for number in range(20)]
    calls += [partial(dream.call, "DELETE", f"/stamps/{number}") for number in old[:10]]
    calls += [partial(dream.call, "PATCH", f"/stamps/{number}", {"pos_x": number}) for number in old[10:]]
    answers = at_once(calls)
    assert statuses(answers) == {200: 40}
    found = dream.get(path)["stamps"]
    assert sorted(one["stamp_type"] for one in found) == sorted(
        [*(f"new{number}" for number in range(20)), *(f"old{number}" for number in range(10, 20))]
    )
    assert all(one["pos_x"] == one["stamp_id"] for one in found if one["stamp_type"].startswith("old"))
    assert dream.get("/stamps") == found


def test_replacements_at_once_leave_one_of_them_whole(dream: Dream) -> None:
    made = dream.document("first")
    path = f"/documents/{made['document_id']}"
    bodies = [{"stamps": [stamp(f"s{number}") for _ in range(5)]} for number in range(8)]
    seen: list[Any] = []
    calls = [partial(dream.call, "PATCH", path, body) for body in bodies]
    calls += [partial(dream.call, "GET", path)] * 8
    answers = at_once(calls)
    assert statuses(answers) == {200: 16}
    seen = [[one["stamp_type"] for one in answer.json["stamps"]] for answer in answers]
    assert all(len(types) in (1, 5) and len(set(types)) == 1 for types in seen)
    assert len(dream.get("/stamps")) == 5
    dream.platform.drain()
    assert dream.get("/stamps") == dream.get(path)["stamps"]
    rows = [row for row in rows_of(dream.origin, "dreamspace") if "#STAMP#" in row["pk"]]
    assert len(rows) == 5


def test_changes_of_different_fields_all_survive(dream: Dream) -> None:
    user = dream.user("1", "ada")["user_id"]
    made = dream.event(user_id=user, document=document())
    fields: list[tuple[str, dict[str, Any]]] = [
        (f"/users/{user}", {"name": "Ada"}),
        (f"/users/{user}", {"preferences": "tea"}),
        (f"/users/{user}", {"twitch_id": "2"}),
        (f"/events/{made['event_id']}", {"message": "m"}),
        (f"/events/{made['event_id']}", {"user_name": "n"}),
        (f"/events/{made['event_id']}", {"occurred_at": "2025-01-01T00:00:00+00:00"}),
        (f"/documents/{made['document_id']}", {"seal": 5}),
        (f"/documents/{made['document_id']}", {"metadata": "x"}),
        (f"/documents/{made['document_id']}", {"document_data": "y" * 40_000}),
        (f"/documents/{made['document_id']}", {"stamps": [stamp()]}),
    ]
    answers = at_once([partial(dream.call, "PATCH", path, body) for path, body in fields])
    assert statuses(answers) == {200: 10}
    for path, body in fields:
        found = dream.get(path)
        for name, value in body.items():
            if name == "stamps":
                assert len(found["stamps"]) == 1
            else:
                assert found[name] == value


def test_deletion_that_races_creations_leaves_no_orphan(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    target = dream.document()["document_id"]
    money = {"user_id": user, "amount": 1, "description": "x"}
    calls = [partial(dream.call, "POST", "/transactions", money) for _ in range(8)]
    calls += [partial(dream.call, "POST", "/specimens", {"owner_id": user}) for _ in range(8)]
    calls += [partial(dream.call, "POST", "/events", event(user_id=user)) for _ in range(8)]
    calls += [partial(dream.call, "POST", "/stamps", stamp(document_id=target)) for _ in range(8)]
    calls += [partial(dream.call, "DELETE", f"/users/{user}"), partial(dream.call, "DELETE", f"/documents/{target}")]
    answers = at_once(calls)
    assert set(statuses(answers)) <= {200, 404}
    assert statuses(answers[-2:]) == {200: 2}
    let_time_pass(dream.platform, rounds=1)
    assert dream.get("/transactions") == dream.get("/specimens") == dream.get("/stamps") == []
    assert {one["user_id"] for one in dream.get("/events")} <= {None}
    left = [row for row in rows_of(dream.origin, "dreamspace") if "#COUNTER" not in row["pk"]]
    assert {row["sk"].partition("#")[0] for row in left} <= {"EVENT", "PLACE"}
    assert {row["pk"].split("#")[1] for row in left} <= {"EVENT", "U"}
    assert not acts_of(dream.origin)


def test_what_is_shown_with_a_user_is_of_the_same_moment(dream: Dream) -> None:
    user = dream.user("1", "ada")["user_id"]
    first, second = (dream.post("/specimens", {"owner_id": user})["specimen_id"] for _ in range(2))
    dream.post("/transactions", {"user_id": user, "amount": 5, "description": "x"})
    more = {"user_id": user, "amount": 3, "description": "x"}
    born = {"owner_id": user, "born_at": "2100-01-01T00:00:00Z"}
    forgotten = {"forgotten_at": "2100-01-02T00:00:00Z"}
    with meanwhile(partial(dream.call, "POST", "/transactions", more)) as made:
        assert dream.patch(f"/users/{user}", {"name": "Eve"})["wallet"] == 8
    with meanwhile(partial(dream.call, "PATCH", f"/specimens/{second}", forgotten)) as also:
        assert dream.post("/users", {"twitch_id": "1", "name": "Bob"})["specimen"]["specimen_id"] == first
    with meanwhile(partial(dream.call, "POST", "/specimens", born)) as at_last:
        gone = dream.call("DELETE", f"/users/{user}").json
    assert (gone["specimen"]["specimen_id"], gone["wallet"]) == (second + 1, 8)
    assert len(made) == len(also) == len(at_last) == 1


def test_what_a_relation_leads_to_is_left_alone_once_the_relation_has_ended(dream: Dream) -> None:
    def events(number: int) -> list[str]:
        body = event(user={"twitch_id": "1", "name": "ada"}, document=document())
        return [f"/events/{dream.post('/events', body)['event_id']}" for _ in range(number)]

    first, second, third, fourth = events(4)
    with meanwhile(partial(dream.call, "DELETE", first)) as made:
        assert dream.call("PATCH", f"{first}/document", {"metadata": "m"}).status == 404
    with meanwhile(partial(dream.call, "PATCH", second, {"document_id": None})) as also:
        assert dream.call("DELETE", f"{second}/document").status == 404
    with meanwhile(partial(dream.call, "DELETE", third)) as then:
        assert dream.call("PATCH", f"{third}/user", {"name": "Eve"}).status == 404
    with meanwhile(partial(dream.call, "DELETE", fourth)) as at_last:
        assert dream.call("DELETE", f"{fourth}/user").status == 404
    assert len(made) == len(also) == len(then) == len(at_last) == 1
    assert [one["metadata"] for one in dream.get("/documents")] == [None] * 4
    assert [one["name"] for one in dream.get("/users")] == ["ada"]


def test_owner_is_shown_as_it_is_when_its_specimen_or_wallet_changes(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    specimen = dream.post("/specimens", {"owner_id": user})["specimen_id"]
    money = {"user_id": user, "amount": 3, "description": "x"}
    path = f"/users/{user}"
    with meanwhile(partial(dream.call, "PATCH", path, {"name": "Eve"})):
        assert dream.post("/transactions", money)["user"]["name"] == "Eve"
    with meanwhile(partial(dream.call, "PATCH", path, {"preferences": "tea"})):
        assert dream.post("/specimens", {"owner_id": user})["owner"]["preferences"] == "tea"
    with meanwhile(partial(dream.call, "PATCH", path, {"name": "Bob"})):
        forgotten = dream.patch(f"/specimens/{specimen}", {"forgotten_at": "2100-01-02T00:00:00Z"})
    assert forgotten["owner"]["name"] == "Bob"
    with meanwhile(partial(dream.call, "PATCH", path, {"name": "Mallory"})):
        assert dream.call("DELETE", f"/specimens/{specimen}").json["owner"]["name"] == "Mallory"
