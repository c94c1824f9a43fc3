"""Filters against a plain model in memory: whatever the combination, a list is what the model says, in order."""

from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dreamspace.world import Dream, document, stamp

TIMES = [
    "2025-01-01T00:00:00+00:00",
    "2025-01-01T00:00:00.000001+00:00",
    "2025-01-01T09:00:00+10:00",
    "1969-07-20T20:17:40.5+00:00",
    "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59.999999+00:00",
]
TEXTS = ["ada", "Ada", "", "null", "ü#%&+ =", "0"]


@pytest.fixture(scope="module")
def world(shared: Dream) -> dict[str, list[Any]]:
    """Some of everything, a user and a document gone; gives what the API shows of it, unfiltered."""
    users = [shared.user(f"t{number}", TEXTS[number % 6])["user_id"] for number in range(4)]
    users.append(shared.user(None, None)["user_id"])
    documents = [
        shared.post(
            "/documents",
            document(
                seal=number % 3 - 1,
                metadata=[None, *TEXTS][number % 5],
                stamps=[stamp(kind) for kind in TEXTS[: number % 3]],
            ),
        )["document_id"]
        for number in range(6)
    ]
    for number in range(24):
        kind = ["plain", "subscriber", "cheer", "raid"][number % 4]
        own: dict[str, dict[str, Any]] = {
            "plain": {"message": "x"},
            "subscriber": {"tier": 1, "subscribed_length": 1},
            "cheer": {"amount": 1},
            "raid": {"visitor_count": 1},
        }
        shared.post(
            "/events",
            {
                "user_id": users[number % 5],
                "document_id": [*documents, None][number % 7],
                "user_name": [None, *TEXTS][number % 4],
                "occurred_at": TIMES[number % 6],
                "event_type": kind,
                **own[kind],
            },
        )
    for number in range(12):
        times = {"born_at": TIMES[number % 6], "forgotten_at": [None, *TIMES][number % 7]}
        shared.post("/specimens", {"owner_id": users[number % 5], **times})
        texts = {"description": TEXTS[number % 3], "reference": [None, *TEXTS][number % 4]}
        shared.post("/transactions", {"user_id": users[number % 5], "amount": number - 5, **texts})
    shared.delete(f"/users/{users[1]}")
    shared.delete(f"/documents/{documents[1]}")
    shared.patch(f"/documents/{documents[2]}", {"seal": 7})
    shared.patch(f"/documents/{documents[3]}", {"stamps": [stamp("null"), stamp("")]})
    models = ("users", "transactions", "specimens", "events", "documents", "stamps")
    return {model: shared.get(f"/{model}") for model in models}


def equals(field: str) -> Callable[[Any, Any], bool]:
    """The field is the value, as text where the value is text."""
    return lambda found, wanted: found[field] is not None and str(found[field]) == wanted


def after(field: str) -> Callable[[Any, Any], bool]:
    """The field's time is later."""
    return lambda found, wanted: found[field] is not None and _time(found[field]) > _time(wanted)


def before(field: str) -> Callable[[Any, Any], bool]:
    """The field's time is earlier."""
    return lambda found, wanted: found[field] is not None and _time(found[field]) < _time(wanted)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


ids = st.integers(0, 26).map(str)
texts = st.sampled_from(TEXTS)
times = st.sampled_from([*TIMES, "2020-06-01T00:00:00-05:00", "2100-01-01T00:00:00+00:00"])
flags = st.sampled_from(["true", "false", "1", "0"])
Specs = dict[str, tuple[st.SearchStrategy[str], Callable[[Any, Any], bool]]]


def span(field: str) -> Specs:
    """The two ends of a time's range."""
    stem = field.removesuffix("_at")
    return {f"{stem}_after": (times, after(field)), f"{stem}_before": (times, before(field))}


SPECS: dict[str, Specs] = {
    "users": {
        "user_id": (ids, equals("user_id")),
        "twitch_id": (st.sampled_from(["t0", "t1", "null", ""]), equals("twitch_id")),
        "name": (texts, equals("name")),
        **span("created_at"),
    },
    "transactions": {
        "transaction_id": (ids, equals("transaction_id")),
        "user_id": (ids, equals("user_id")),
        "description": (texts, equals("description")),
        "reference": (texts, equals("reference")),
        **span("created_at"),
    },
    "specimens": {
        "specimen_id": (ids, equals("specimen_id")),
        "owner_id": (ids, equals("owner_id")),
        "forgotten": (flags, lambda found, wanted: (found["forgotten_at"] is not None) == (wanted in ("true", "1"))),
        **span("born_at"),
        **span("forgotten_at"),
    },
    "events": {
        "event_id": (ids, equals("event_id")),
        "document_id": (ids, equals("document_id")),
        "user_id": (ids, equals("user_id")),
        "user_name": (texts, equals("user_name")),
        "event_type": (st.sampled_from(["plain", "subscriber", "cheer", "raid"]), equals("event_type")),
        "document_seal": (
            st.integers(-2, 8).map(str),
            lambda found, wanted: found["document"] is not None and str(found["document"]["seal"]) == wanted,
        ),
        **span("created_at"),
        **span("occurred_at"),
    },
    "documents": {
        "document_id": (ids, equals("document_id")),
        "seal": (st.integers(-2, 8).map(str), equals("seal")),
        "metadata": (texts, equals("metadata")),
        "stamp_type": (
            texts,
            lambda found, wanted: any(stamp["stamp_type"] == wanted for stamp in found["stamps"]),
        ),
        **span("created_at"),
    },
    "stamps": {
        "stamp_id": (ids, equals("stamp_id")),
        "document_id": (ids, equals("document_id")),
        "stamp_type": (texts, equals("stamp_type")),
    },
}
NESTED = {
    "users": [("/users/{}/events", "events", "user_id"), ("/users/{}/specimens", "specimens", "owner_id")],
    "documents": [("/documents/{}/stamps", "stamps", "document_id")],
}


def queries(model: str) -> st.SearchStrategy[dict[str, str]]:
    """Any filters of a model together."""
    specs = SPECS[model]
    return st.fixed_dictionaries({}, optional={name: strategy for name, (strategy, _) in specs.items()}).filter(
        lambda query: len(query) <= 4
    )


def expected(world: dict[str, list[Any]], model: str, query: dict[str, str]) -> list[Any]:
    """What the model in memory says."""
    return [
        found for found in world[model] if all(SPECS[model][name][1](found, wanted) for name, wanted in query.items())
    ]


@pytest.mark.parametrize("model", SPECS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_list_is_what_the_filters_let_through(
    shared: Dream, world: dict[str, list[Any]], model: str, data: st.DataObject
) -> None:
    query = data.draw(queries(model))
    found = shared.get(f"/{model}", **query)
    assert found == expected(world, model, query)
    numbers = [one[f"{model[:-1]}_id"] for one in found]
    assert all(first < second for first, second in pairwise(numbers))


@pytest.mark.parametrize("model", SPECS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_pages_together_are_the_list(
    shared: Dream, world: dict[str, list[Any]], model: str, data: st.DataObject
) -> None:
    query = data.draw(queries(model))
    limit = data.draw(st.integers(1, 7))
    pages = shared.walked(f"/{model}", limit=limit, **query)
    whole = expected(world, model, query)
    assert [one for page in pages for one in page] == whole
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len(pages) == max(1, -(-len(whole) // limit))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nested_list_is_that_of_its_parent(shared: Dream, world: dict[str, list[Any]], data: st.DataObject) -> None:
    parents = data.draw(st.sampled_from(["users", "documents"]))
    path, model, field = data.draw(st.sampled_from(NESTED[parents]))
    parent = data.draw(st.sampled_from(world[parents]))[f"{parents[:-1]}_id"]
    query = data.draw(queries(model))
    limit = data.draw(st.none() | st.integers(1, 5))
    paged = {} if limit is None else {"limit": limit}
    pages = shared.walked(path.format(parent), **query, **paged)
    kept = {name: value for name, value in query.items() if name != field}
    assert [one for page in pages for one in page] == [
        one for one in expected(world, model, kept) if one[field] == parent
    ]


def test_what_is_gone_shows_nowhere(shared: Dream, world: dict[str, list[Any]]) -> None:
    users = {user["user_id"] for user in world["users"]}
    documents = {found["document_id"] for found in world["documents"]}
    assert len(users) == 4
    assert {one["user_id"] for one in world["transactions"]} <= users
    assert {one["owner_id"] for one in world["specimens"]} <= users
    assert {one["user_id"] for one in world["events"]} == users | {None}
    assert {one["document_id"] for one in world["events"]} == documents | {None}
    assert {one["document_id"] for one in world["stamps"]} <= documents
    assert len(world["events"]) == 24
    shared.platform.drain()
    models = world.keys()
    assert {model: shared.get(f"/{model}") for model in models} == world


REFUSED = {
    "id": ("/users", {"user_id": "x"}),
    "fraction": ("/events", {"event_id": "1.0"}),
    "empty id": ("/stamps", {"document_id": ""}),
    "seal": ("/documents", {"seal": "1e3"}),
    "event type": ("/events", {"event_type": "party"}),
    "flag": ("/specimens", {"forgotten": "yes"}),
    "time": ("/events", {"occurred_after": "yesterday"}),
    "week date": ("/events", {"occurred_after": "2025-W10-1"}),
    "ordinal date": ("/events", {"occurred_after": "2025-060"}),
    "basic date": ("/events", {"created_before": "20250608"}),
    "month": ("/events", {"created_before": "2025-13-01"}),
    "limit zero": ("/users", {"limit": "0"}),
    "limit": ("/users", {"limit": "1001"}),
    "limit text": ("/users", {"limit": "ten"}),
    "position": ("/users", {"starting_after": "x"}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_filter_that_cannot_be_read_is_400_and_named(shared: Dream, name: str) -> None:
    path, query = REFUSED[name]
    assert next(iter(query)) in shared.refused(400, "GET", path, **query)


def test_repeated_filter_is_400_and_unknown_ones_are_ignored(shared: Dream, world: dict[str, list[Any]]) -> None:
    shared.refused(400, "GET", "/users?user_id=1&user_id=1")
    assert shared.get("/users", nonsense="1", limit="1000", starting_after="0") == world["users"]


def test_ids_beyond_reason_are_nobodys(shared: Dream) -> None:
    for number in ("0", "-1", str(2**53), str(2**256), "9" * 5000, f"-{'9' * 5000}"):
        assert shared.get("/users", user_id=number) == []
        assert shared.get("/events", document_id=number) == []
        assert shared.get("/stamps", document_id=number) == []
        if len(number) > 2:
            assert shared.get("/events", document_seal=number) == []
    assert shared.get("/users", starting_after="9" * 5000) == []


def test_space_before_the_offset_is_a_plus(shared: Dream, world: dict[str, list[Any]]) -> None:
    raw = shared.call("GET", "/events?occurred_after=2025-01-01T09:30:00+10:00").json
    assert raw == shared.get("/events", occurred_after="2025-01-01T09:30:00+10:00")
    assert 0 < len(raw) < len(world["events"])


def test_path_wins_over_a_contradicting_filter(shared: Dream, world: dict[str, list[Any]]) -> None:
    user = world["users"][0]["user_id"]
    mine = [one for one in world["events"] if one["user_id"] == user]
    assert shared.get(f"/users/{user}/events", user_id="999") == mine
    assert shared.get(f"/users/{user}/events", user_id="nonsense") == mine


def test_link_keeps_filters_and_names_the_nested_path(shared: Dream, world: dict[str, list[Any]]) -> None:
    user = world["users"][0]["user_id"]
    answer = shared.call("GET", f"/users/{user}/events/", limit=1, user_name="ü#%&+ =")
    if "link" in answer.headers:
        assert f"/users/{user}/events?" in answer.headers["link"]
        assert "user_name=%C3%BC%23%25%26%2B+%3D" in answer.headers["link"]
    answer = shared.call("GET", f"/users/{user}/events", limit=1)
    assert answer.headers["link"] == (
        f'<http://spacegarden.test/users/{user}/events?limit=1&starting_after={answer.json[0]["event_id"]}>; rel="next"'
    )
