"""Users: created, updated under their twitch_id, deleted with what is theirs; wallets and current specimens."""

import pytest

from tests.dreamspace.world import MAX_INTEGER, Dream, event


def test_known_twitch_id_updates_and_keeps_what_is_not_given(dream: Dream) -> None:
    first = dream.user("1", "ada", preferences="tea")
    assert dream.user("1", "Ada") == {**first, "name": "Ada"}
    assert dream.user("1", None, preferences=None) == {**first, "name": None, "preferences": None}
    assert len(dream.get("/users")) == 1


def test_null_twitch_id_always_creates(dream: Dream) -> None:
    assert dream.user(None)["user_id"] != dream.user(None)["user_id"]
    assert dream.user("")["user_id"] == dream.user("")["user_id"]


def test_taken_twitch_id_is_400_and_a_freed_one_is_free(dream: Dream) -> None:
    first, second = dream.user("1")["user_id"], dream.user("2")["user_id"]
    assert dream.refused(400, "PATCH", f"/users/{second}", {"twitch_id": "1"}).startswith("twitch_id: ")
    assert dream.patch(f"/users/{first}", {"twitch_id": "3"})["twitch_id"] == "3"
    assert dream.patch(f"/users/{second}", {"twitch_id": "1"})["twitch_id"] == "1"
    assert dream.user("1")["user_id"] == second
    assert dream.patch(f"/users/{second}", {"twitch_id": None})["twitch_id"] is None
    assert dream.user("1")["user_id"] not in (first, second)
    dream.delete(f"/users/{first}")
    assert dream.user("3")["user_id"] != first


def test_details_show_the_newest_specimen_that_is_not_forgotten(dream: Dream) -> None:
    user = dream.user("1")["user_id"]

    def born(born_at: str, **fields: str) -> int:
        body = {"owner_id": user, "born_at": born_at, **fields}
        return int(dream.post("/specimens", body)["specimen_id"])

    def current() -> int | None:
        specimen = dream.get(f"/users/{user}")["specimen"]
        if specimen is None:
            dream.refused(404, "GET", f"/users/{user}/specimen")
            return None
        assert specimen == dream.get(f"/users/{user}/specimen") == dream.get(f"/specimens/{specimen['specimen_id']}")
        return int(specimen["specimen_id"])

    assert current() is None
    first = born("2025-01-01T00:00:00Z")
    twin = born("2025-01-01T10:00:00+10:00")
    born("2024-01-01T00:00:00Z")
    dead = born("2026-01-01T00:00:00Z", forgotten_at="2026-01-02T00:00:00Z")
    assert current() == twin
    dream.patch(f"/users/{user}/specimen", {"forgotten_at": "2025-02-01"})
    assert current() == first
    dream.patch(f"/specimens/{dead}", {"forgotten_at": None})
    assert current() == dead
    other = dream.user("2")["user_id"]
    moved = dream.patch(f"/specimens/{dead}", {"owner_id": other})
    assert (moved["owner_id"], moved["owner"]["twitch_id"]) == (other, "2")
    assert dream.get(f"/users/{other}")["specimen"] == moved
    assert current() == first
    assert dream.delete(f"/users/{user}/specimen")["specimen_id"] == first
    assert current() not in (None, first)
    dream.refused(405, "POST", f"/users/{user}/specimen", {})


def test_path_decides_the_owner_of_a_specimen(dream: Dream) -> None:
    user, other = dream.user("1")["user_id"], dream.user("2")["user_id"]
    body = {"owner_id": other, "owner": {"nonsense": 1}}
    made = dream.post(f"/users/{user}/specimens", body)
    assert made["owner_id"] == user
    assert dream.patch(f"/users/{user}/specimens/{made['specimen_id']}", {"owner_id": other}) == made
    dream.refused(404, "GET", f"/users/{other}/specimens/{made['specimen_id']}")
    dream.refused(404, "DELETE", f"/users/{other}/specimens/{made['specimen_id']}")


def test_inline_owner_is_upserted(dream: Dream) -> None:
    made = dream.post("/specimens", {"owner": {"twitch_id": "1", "name": "ada"}})
    again = dream.post("/specimens", {"owner": {"twitch_id": "1", "name": "Ada"}})
    assert made["owner_id"] == again["owner_id"]
    assert dream.get(f"/specimens/{made['specimen_id']}")["owner"]["name"] == "Ada"


def test_wallet_is_the_sum_and_null_before(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    assert dream.get(f"/users/{user}/wallet") == {"user_id": user, "balance": None}
    assert dream.get(f"/users/{user}/inventory") == []
    for amount in (5, -7, 0):
        dream.post(f"/users/{user}/transactions", {"amount": amount, "description": "x", "user_id": "nonsense"})
    assert dream.get(f"/users/{user}/wallet") == {"user_id": user, "balance": -2}
    assert dream.get(f"/users/{user}")["wallet"] == -2
    dream.refused(400, "POST", f"/users/{user}/transactions", {"amount": 1, "description": "x", "user": {}})


@pytest.mark.parametrize("sign", [1, -1])
def test_balance_stays_within_what_a_number_holds(dream: Dream, sign: int) -> None:
    user = dream.user("1")["user_id"]
    body = {"user_id": user, "description": "x"}
    dream.post("/transactions", {**body, "amount": sign * MAX_INTEGER})
    said = dream.refused(400, "POST", "/transactions", {**body, "amount": sign})
    assert said.startswith("amount: ")
    assert dream.get(f"/users/{user}")["wallet"] == sign * MAX_INTEGER
    assert len(dream.get("/transactions")) == 1
    dream.post("/transactions", {**body, "amount": -2 * sign})


def test_deletion_hides_everything_at_once_and_for_good(dream: Dream) -> None:
    user, other = dream.user("1"), dream.user("2")
    number = user["user_id"]
    kept = dream.event(user_id=number, user_name="ada then")
    specimen = dream.post("/specimens", {"owner_id": number})
    money = dream.post("/transactions", {"user_id": number, "amount": 3, "description": "x"})
    before = dream.get(f"/users/{number}")
    assert dream.delete(f"/users/{number}") == before
    orphan = {**kept, "user_id": None, "user": None}

    def assert_gone() -> None:
        for path in ("", "/wallet", "/events", "/specimen", "/transactions", "/specimens"):
            dream.refused(404, "GET", f"/users/{number}{path}")
        for path in (f"/specimens/{specimen['specimen_id']}", f"/transactions/{money['transaction_id']}"):
            dream.refused(404, "GET", path)
        assert dream.get("/specimens") == dream.get("/transactions") == []
        assert dream.get("/specimens", owner_id=number) == dream.get("/transactions", user_id=number) == []
        assert dream.get("/events", user_id=number) == []
        assert dream.get("/events") == [orphan] == [dream.get(f"/events/{kept['event_id']}")]
        dream.refused(404, "GET", f"/events/{kept['event_id']}/user")
        assert dream.get("/users") == [dream.get("/users", twitch_id="2")[0]]

    assert_gone()
    dream.platform.drain()
    assert_gone()
    dream.refused(404, "POST", "/transactions", {"user_id": number, "amount": 3, "description": "x"})
    found = dream.patch(f"/events/{kept['event_id']}", {"user_id": other["user_id"], "message": "again"})
    assert (found["user"]["twitch_id"], found["message"]) == ("2", "again")
    assert dream.get(f"/users/{other['user_id']}/events") == [found]


def test_details_are_plain_inside_other_objects(dream: Dream) -> None:
    user = dream.user("1")
    plain = {name: user[name] for name in ("user_id", "twitch_id", "name", "preferences", "created_at")}
    made = dream.event(user_id=user["user_id"])
    assert made["user"] == plain
    assert dream.get(f"/events/{made['event_id']}/user") == user
    assert dream.patch(f"/events/{made['event_id']}/user", {"name": "Ada"})["name"] == "Ada"
    assert dream.delete(f"/events/{made['event_id']}/user")["twitch_id"] == "1"
    assert dream.get("/users") == []


def test_transactions_are_never_changed(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    money = dream.post("/transactions", {"user_id": user, "amount": 3, "description": "x", "reference": None})
    for path in (f"/transactions/{money['transaction_id']}", f"/users/{user}/transactions/{money['transaction_id']}"):
        assert dream.get(path) == money
        dream.refused(405, "PATCH", path, {"amount": 4})
        dream.refused(405, "DELETE", path)


def test_inline_user_of_an_event_is_upserted_with_it_or_not_at_all(dream: Dream) -> None:
    user = dream.user("1", "ada")
    made = dream.event(user={"twitch_id": "1", "name": "Ada", "preferences": "tea"})
    assert (made["user_id"], made["user"]["name"], made["user"]["preferences"]) == (user["user_id"], "Ada", "tea")
    assert dream.get(f"/users/{user['user_id']}")["name"] == "Ada"
    dream.refused(404, "POST", "/events", event(user={"twitch_id": "1", "name": "Eve"}, document_id=999))
    dream.refused(404, "POST", "/events", event(user={"twitch_id": "2", "name": "Eve"}, document_id=999))
    assert [found["name"] for found in dream.get("/users")] == ["Ada"]
