"""Every field of every body: the values it takes, and a clear refusal of every other."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pytest

from chalicelib.dreamspace.models import EventRow
from chalicelib.dreamspace.schemas.events import CREATES, EVENT_FIELDS, READS, UPDATES
from tests.dreamspace.world import MAX_INTEGER, Dream, document, event, stamp
from tests.platform import Answer

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "minus zero": -0.0,
    "one": 1,
    "minus one": -1,
    "1.0": 1.0,
    "fraction": 1.5,
    "largest": MAX_INTEGER,
    "smallest": -MAX_INTEGER,
    "too large": MAX_INTEGER + 1,
    "too small": -MAX_INTEGER - 1,
    "10^30": 10**30,
    "1e300": 1e300,
    "empty": "",
    "text": "x",
    "digits": "5",
    "bidi": "\u202eabc\u202c",
    "zero width": "\u200b",
    "emoji": "🎉",
    "control": "\u0001\u007f",
    "key marks": "#%23/\\'\"{}",
    "255": "é" * 255,
    "256": "é" * 256,
    "1000": "é" * 1000,
    "1001": "é" * 1001,
    "65536": "é" * 65_536,
    "65537": "x" * 65_537,
    "time": "2025-06-08T20:12:00+10:00",
    "list": [],
    "object": {},
    "NUL": "a\u0000b",
    "half a surrogate pair": "a\ud800b",
}
SHORTEST = {"empty", "text", "digits", "bidi", "zero width", "emoji", "control", "key marks", "time"}
SHORT = SHORTEST | {"255"}
DESCRIPTION = SHORT | {"256", "1000"}
LONG = DESCRIPTION | {"1001", "65536"}
DATA = LONG | {"65537"}
INTEGER = {"zero", "one", "minus one", "largest", "smallest"}
FLOAT = INTEGER | {"minus zero", "1.0", "fraction", "too large", "too small", "10^30", "1e300"}
NULL = {"null"}
TIME = {"time"}
NONE: set[str] = set()
OF_TEXTS = {"255", "256", "1000", "1001", "bidi", "zero width", "emoji", "control", "key marks", "digits"}
OF_NUMBERS = {"largest", "smallest", "too large", "too small", "10^30", "1e300", "minus zero", "minus one"}
_numbers = count(1)


@pytest.fixture(scope="module")
def ids(shared: Dream) -> dict[str, int]:
    """One object of each model."""
    user = shared.user("fields")["user_id"]
    money = {"user_id": user, "amount": 0, "description": "x"}
    made = shared.document("approve")
    other = shared.document()  # whose stamps come and go
    return {
        "user": user,
        "transaction": shared.post("/transactions", money)["transaction_id"],
        "specimen": shared.post("/specimens", {"owner_id": user})["specimen_id"],
        "document": other["document_id"],
        "stamped": made["document_id"],
        "stamp": made["stamps"][0]["stamp_id"],
        **{
            kind: shared.post("/events", {**_typed(kind), "user_id": user, "document_id": None})["event_id"]
            for kind in ("plain", "subscriber", "cheer", "raid")
        },
    }


def _typed(kind: str) -> dict[str, Any]:
    common = {"user_name": "ada", "occurred_at": "2025-06-08T20:12:00Z", "event_type": kind}
    own: dict[str, dict[str, Any]] = {
        "plain": {"message": "hello"},
        "subscriber": {"tier": 1, "subscribed_length": 2, "message": None},
        "cheer": {"amount": 100},
        "raid": {"visitor_count": 7},
    }
    return {**common, **own[kind]}


EVENT = {"user_name": SHORT | NULL, "occurred_at": TIME, "created_at": NONE, "event_id": NONE, "nonsense": NONE}
REFERRING = {**EVENT, "user": NONE, "document": NULL, "document_id": {"null", "one"}}
CHANGES = {**REFERRING, "document": NONE, "event_type": NONE}
OWN: dict[str, dict[str, set[str]]] = {
    "plain": {"message": LONG, "tier": NONE, "amount": NONE},
    "subscriber": {"tier": INTEGER, "subscribed_length": INTEGER, "message": LONG | NULL, "amount": NONE},
    "cheer": {"amount": INTEGER, "message": LONG | NULL, "visitor_count": NONE},
    "raid": {"visitor_count": INTEGER, "message": NONE},
}
STAMP = {"stamp_type": SHORT, "pos_x": INTEGER, "pos_y": INTEGER, "rotation": FLOAT, "stamp_id": NONE, "nonsense": NONE}
INNER_STAMP = {**STAMP, "document_id": set(VALUES) - {"NUL", "half a surrogate pair"}}
DOCUMENT = {
    "document_data": DATA,
    "seal": INTEGER,
    "metadata": LONG | NULL,
    "stamps": {"list"},
    "created_at": NONE,
    "document_id": NONE,
}
USER = {
    "twitch_id": SHORT | NULL,
    "name": SHORT | NULL,
    "preferences": LONG | NULL,
    "user_id": NONE,
    "created_at": NONE,
    "wallet": NONE,
}


def _at(prefix: str, fields: dict[str, set[str]]) -> dict[str, set[str]]:
    return {f"{prefix}.{name}": taken for name, taken in fields.items()}


Call = tuple[str, Callable[[dict[str, int]], str], Callable[[dict[str, int]], Any], dict[str, set[str]]]
CALLS: dict[str, Call] = {
    "create user": ("POST", lambda _: "/users", lambda _: {"twitch_id": f"f{next(_numbers)}", "name": "x"}, USER),
    "update user": ("PATCH", lambda ids: f"/users/{ids['user']}", lambda _: {}, USER),
    "create transaction": (
        "POST",
        lambda _: "/transactions",
        lambda ids: {"user_id": ids["user"], "amount": 1, "description": "x"},
        {"amount": INTEGER, "description": DESCRIPTION, "reference": SHORT | NULL, "user": NONE, "created_at": NONE},
    ),
    "create specimen": (
        "POST",
        lambda _: "/specimens",
        lambda ids: {"owner_id": ids["user"]},
        {"born_at": TIME, "forgotten_at": TIME | NULL, "owner": NONE, "specimen_id": NONE},
    ),
    "create specimen with owner": (
        "POST",
        lambda _: "/specimens",
        lambda _: {"owner": {"twitch_id": f"f{next(_numbers)}", "name": "x"}},
        _at("owner", {"twitch_id": SHORT | NULL, "user_id": NONE}),
    ),
    "update specimen": (
        "PATCH",
        lambda ids: f"/specimens/{ids['specimen']}",
        lambda _: {},
        {"forgotten_at": TIME | NULL, "born_at": NONE, "owner": NONE},
    ),
    "create document": ("POST", lambda _: "/documents", lambda _: document(), DOCUMENT),
    "create document with stamps": (
        "POST",
        lambda _: "/documents",
        lambda _: document(stamps=[stamp(), stamp()]),
        _at("stamps.1", INNER_STAMP),
    ),
    "update document": ("PATCH", lambda ids: f"/documents/{ids['document']}", lambda _: {}, DOCUMENT),
    "create stamp": (
        "POST",
        lambda _: "/stamps",
        lambda ids: stamp(document_id=ids["stamped"]),
        STAMP,
    ),
    "update stamp": ("PATCH", lambda ids: f"/stamps/{ids['stamp']}", lambda _: {}, STAMP),
    "add stamps": (
        "PUT",
        lambda _: "/stamps",
        lambda ids: [stamp(document_id=ids["stamped"]), stamp(document_id=ids["stamped"])],
        _at("1", STAMP),
    ),
    **{
        f"create {kind}": (
            "POST",
            lambda _: "/events",
            lambda ids, kind=kind: {**_typed(kind), "user_id": ids["user"]},  # type: ignore[misc]
            OWN[kind] | (REFERRING if kind == "plain" else {}),
        )
        for kind in OWN
    },
    **{
        f"update {kind}": (
            "PATCH",
            lambda ids, kind=kind: f"/events/{ids[kind]}",  # type: ignore[misc]
            lambda _: {},
            OWN[kind] | (CHANGES if kind == "plain" else {"event_type": NONE}),
        )
        for kind in OWN
    },
    "create event with user": (
        "POST",
        lambda _: "/events",
        lambda _: event(user={"twitch_id": f"f{next(_numbers)}", "name": "x"}),
        _at("user", USER),
    ),
    "create event with document": (
        "POST",
        lambda _: "/events",
        lambda ids: event(user_id=ids["user"], document=document(stamps=[stamp()])),
        _at("document", {"seal": INTEGER, "document_id": NONE}) | _at("document.stamps.0", {"pos_x": INTEGER}),
    ),
}
# A stamp in a document's body may say where it was: clients send back what they read.
FOREIGN = {"user_id", "owner_id", "document_id"}


def put(body: Any, path: str, value: Any) -> Any:
    """The body with one field set."""
    *parents, last = path.split(".")
    place = body = deepcopy(body)
    for parent in parents:
        place = place[int(parent)] if isinstance(place, list) else place[parent]
    place[last] = value
    return body


def written(path: str) -> str:
    """A path as refusals write it: `stamps.1.pos_x` is `stamps[1].pos_x`."""
    first, *parts = path.split(".")
    text = f"stamps[{first}]" if first.isdigit() else first
    for part in parts:
        text += f"[{part}]" if part.isdigit() else f".{part}"
    return text


def shown(value: Any, path: str) -> Any:
    """The field of an answer."""
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


@pytest.mark.parametrize("name", CALLS)
def test_each_field_takes_its_own_values_and_refuses_every_other(shared: Dream, ids: dict[str, int], name: str) -> None:
    method, path_of, body_of, fields = CALLS[name]
    for field, expected in fields.items():
        taken = set()
        for label, value in _worth_trying(expected):
            answer = shared.call(method, path_of(ids), put(body_of(ids), field, value))
            if answer.status == 200:
                taken.add(label)
                _assert_kept(answer, field, value)
            elif answer.status == 404:
                assert field in FOREIGN
                assert isinstance(value, int)
            else:
                assert answer.status == 400, (field, label, answer)
                if label not in ("NUL", "half a surrogate pair"):
                    assert answer.json.startswith(written(field)), (label, answer.json)
        if field == "twitch_id" and method == "PATCH":
            assert taken <= expected  # taken by an earlier call of this test, some of them
        else:
            assert taken == expected, field


def _worth_trying(expected: set[str]) -> Iterator[tuple[str, Any]]:
    """Every value that may tell something: lengths and odd letters of texts, extremes of numbers."""
    for label, value in VALUES.items():
        if (label in OF_TEXTS and "text" not in expected) or (label in OF_NUMBERS and "one" not in expected):
            continue
        if label in ("65536", "65537") and "1000" not in expected:
            continue
        yield label, value


def _assert_kept(answer: Answer, field: str, value: Any) -> None:
    if field.rpartition(".")[2] in FOREIGN:
        return
    found = shown(answer.json, field)
    if field.endswith("rotation"):
        assert repr(found) == repr(float(value))
    else:
        assert found == value


REQUIRED: dict[str, set[str]] = {
    "create user": {"twitch_id", "name"},
    "create transaction": {"user_id", "amount", "description"},
    "create specimen with owner": {"owner"},
    "create document": {"document_data", "seal"},
    "create stamp": {"document_id", "stamp_type", "pos_x", "pos_y", "rotation"},
    "create plain": {"user_id", "user_name", "occurred_at", "event_type", "message"},
    "create subscriber": {"user_id", "user_name", "occurred_at", "event_type", "tier", "subscribed_length"},
    "create cheer": {"user_id", "user_name", "occurred_at", "event_type", "amount"},
    "create raid": {"user_id", "user_name", "occurred_at", "event_type", "visitor_count"},
}


@pytest.mark.parametrize("name", REQUIRED)
def test_required_fields_are_named_where_they_are_missing(shared: Dream, ids: dict[str, int], name: str) -> None:
    method, path_of, body_of, _ = CALLS[name]
    missing = set()
    body = body_of(ids)
    for field in body:
        answer = shared.call(method, path_of(ids), {key: value for key, value in body.items() if key != field})
        if answer.status == 400:
            assert field in answer.json
            missing.add(field)
    assert missing == REQUIRED[name]


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("update")])
def test_empty_patch_changes_nothing(shared: Dream, ids: dict[str, int], name: str) -> None:
    _, path_of, _, _ = CALLS[name]
    before = shared.get(path_of(ids))
    assert shared.patch(path_of(ids), {}) == before == shared.get(path_of(ids))


EXCLUSIVE: dict[str, tuple[str, dict[str, Any]]] = {
    "user twice": ("/events", event(user_id=1, user={"twitch_id": None, "name": None})),
    "no user": ("/events", event()),
    "null user": ("/events", event(user=None)),
    "null user beside an id": ("/events", event(user=None, user_id=1)),
    "null user_id": ("/events", event(user_id=None)),
    "document twice": ("/events", event(user_id=1, document_id=1, document=document())),
    "owner twice": ("/specimens", {"owner_id": 1, "owner": {"twitch_id": None, "name": None}}),
    "no owner": ("/specimens", {}),
    "null owner": ("/specimens", {"owner": None}),
    "unknown type": ("/events", event(user_id=1, event_type="party")),
    "type of another kind": ("/events", event(user_id=1, event_type=["plain"])),
}


@pytest.mark.parametrize("name", EXCLUSIVE)
def test_references_are_given_once(shared: Dream, ids: dict[str, int], name: str) -> None:
    assert ids
    path, body = EXCLUSIVE[name]
    shared.refused(400, "POST", path, body)


def test_absent_document_may_be_null_beside_an_inline_one(shared: Dream, ids: dict[str, int]) -> None:
    made = shared.event(user_id=ids["user"], document_id=None, document=document())
    assert made["document"]["document_data"] == document()["document_data"]
    assert shared.event(user_id=ids["user"], document=None)["document"] is None


REFERENCES: dict[str, tuple[str, str, Any, str]] = {
    "event's user": ("POST", "/events", event(user_id=999), "user_id"),
    "transaction's user": ("POST", "/transactions", {"user_id": 0, "amount": 1, "description": ""}, "user_id"),
    "specimen's owner": ("POST", "/specimens", {"owner_id": -5}, "owner_id"),
    "stamp's document": ("POST", "/stamps", stamp(document_id=MAX_INTEGER), "document_id"),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_to_nothing_is_404_and_names_itself(shared: Dream, name: str) -> None:
    method, path, body, field = REFERENCES[name]
    assert shared.refused(404, method, path, body).startswith(f"{field}: ")


def test_patched_references_to_nothing_are_404(shared: Dream, ids: dict[str, int]) -> None:
    for path, field in (
        (f"/events/{ids['plain']}", "user_id"),
        (f"/events/{ids['plain']}", "document_id"),
        (f"/specimens/{ids['specimen']}", "owner_id"),
        (f"/stamps/{ids['stamp']}", "document_id"),
    ):
        before = shared.get(path)
        assert shared.refused(404, "PATCH", path, {field: 999}).startswith(f"{field}: ")
        assert shared.get(path) == before


def test_event_with_a_missing_document_is_404(shared: Dream, ids: dict[str, int]) -> None:
    before = shared.get("/events")
    said = shared.refused(404, "POST", "/events", event(user_id=ids["user"], document_id=999))
    assert said.startswith("document_id: ")
    assert shared.get("/events") == before


@pytest.mark.parametrize(
    ("event_type", "field"), [(kind, name) for kind, names in EVENT_FIELDS.items() for name in names]
)
def test_a_field_of_an_event_type_is_kept_and_in_every_schema(event_type: str, field: str) -> None:
    assert field in EventRow.get_attributes()
    for schemas in (CREATES, UPDATES, READS):
        assert field in schemas[event_type].model_fields
