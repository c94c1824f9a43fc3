"""Dreamspace: two users, three documents with stamps, two events, a specimen and a wallet.

One operation is one line of `_STEPS`: the things that it touches, its method and path, its body.
"""

import json
from collections import Counter
from typing import Any

from chalicelib.dreamspace.repository.keys import document_pk
from tests.dreamspace.world import Dream, document, event, stamp
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import acts_of, rows_of

_LARGE = "x" * 40_000
# Of this type, stamps of one document have no room in its own row.
_LONG = "x" * 255
_EARLIER, _LATER = "2025-02-01T00:00:00+00:00", "2035-02-01T00:00:00+00:00"
_SHOWN = ("/users", "/events", "/documents", "/stamps", "/specimens", "/transactions")
_SHOWN_BY_NUMBER = ("/users/1", "/documents/1", "/documents/2", "/documents/3", "/stamps/1", "/stamps/2", "/events/1")


def _call(on: str, method: str, path: str, body: Any = None) -> Step[Dream]:
    return step(lambda dream: dream.call(method, path, body), on, f"{method} {path}")


_STEPS = {
    "get event": _call("event1 doc1 user1", "GET", "/events/1"),
    "get event 2": _call("event2", "GET", "/events/2"),
    "get stamp": _call("stamp1", "GET", "/stamps/1"),
    "get specimen": _call("specimen1", "GET", "/specimens/1"),
    "get document": _call("doc1 stamp1", "GET", "/documents/1"),
    "get user": _call("user1", "GET", "/users/1"),
    "list events": _call("event1 doc1", "GET", "/events?document_seal=1"),
    "list user's": _call("user1 event1", "GET", "/users/1/events"),
    "list stamps": _call("doc1 stamp1", "GET", "/documents/1/stamps"),
    "nested": _call("user1 event1 doc1", "GET", "/users/1/events/1/document/stamps"),
    "stamp x": _call("stamp1 doc1", "PATCH", "/stamps/1", {"pos_x": 77}),
    "stamp y": _call("stamp1 doc1", "PATCH", "/stamps/1", {"pos_y": 88}),
    "stamp type": _call("stamp1 doc1", "PATCH", "/stamps/1", {"stamp_type": "z"}),
    "stamp long": _call("stamp1 doc1", "PATCH", "/stamps/1", {"stamp_type": _LONG}),
    "stamp to 2": _call("stamp1 doc1 doc2", "PATCH", "/stamps/1", {"document_id": 2}),
    "stamp to 2 through 1": _call("stamp1 doc1 doc2", "PATCH", "/documents/1/stamps/1", {"document_id": 2}),
    "stamp to 3": _call("stamp1 doc1", "PATCH", "/stamps/1", {"document_id": 3}),
    "stamp delete": _call("stamp1 doc1", "DELETE", "/stamps/1"),
    "stamp 2 delete": _call("doc1", "DELETE", "/stamps/2"),
    "stamp add": _call("doc1", "POST", "/documents/1/stamps", stamp("n")),
    "stamps put": _call("doc1 doc2", "PUT", "/stamps", [stamp("p", document_id=1), stamp("q", document_id=2)]),
    "doc seal": _call("doc1 event1", "PATCH", "/documents/1", {"seal": 9}),
    "doc metadata": _call("doc1", "PATCH", "/documents/1", {"metadata": "m"}),
    "doc data": _call("doc1", "PATCH", "/documents/1", {"document_data": "d"}),
    "doc large": _call("doc1", "PATCH", "/documents/1", {"document_data": _LARGE}),
    "doc stamps": _call("doc1 stamp1", "PATCH", "/documents/1", {"stamps": [stamp("r")]}),
    "doc no stamps": _call("doc1 stamp1", "PATCH", "/documents/1", {"stamps": []}),
    "doc delete": _call("doc1 stamp1 event1", "DELETE", "/documents/1"),
    "doc 2 delete": _call("doc2", "DELETE", "/documents/2"),
    "event message": _call("event1", "PATCH", "/events/1", {"message": "hello"}),
    "event name": _call("event1", "PATCH", "/events/1", {"user_name": "someone"}),
    "event time": _call("event1", "PATCH", "/events/1", {"occurred_at": "2025-01-01T00:00:00+00:00"}),
    "event to user 2": _call("event1 user1 user2", "PATCH", "/events/1", {"user_id": 2}),
    "event to doc 2": _call("event1 doc1 doc2", "PATCH", "/events/1", {"document_id": 2}),
    "event no doc": _call("event1 doc1", "PATCH", "/events/1", {"document_id": None}),
    "event delete": _call("event1 doc1 user1", "DELETE", "/events/1"),
    "event 2 to doc 1": _call("event2 doc1 event1", "PATCH", "/events/2", {"document_id": 1}),
    "event 2 attach": _call("event2", "POST", "/events/2/document", document()),
    "event of doc 1": _call("user1 doc1", "POST", "/events", event(user_id=1, document_id=1)),
    "event inline": _call("user1 twitch1", "POST", "/events", event(user={"twitch_id": "1", "name": "inl"})),
    "event inline new": _call("twitch7", "POST", "/events", event(user={"twitch_id": "7", "name": "new"})),
    "user name": _call("user1", "PATCH", "/users/1", {"name": "Ada"}),
    "user prefs": _call("user1", "PATCH", "/users/1", {"preferences": "tea"}),
    "user twitch": _call("user1 twitch1 twitch7", "PATCH", "/users/1", {"twitch_id": "7"}),
    "user 2 twitch": _call("user2 twitch7", "PATCH", "/users/2", {"twitch_id": "7"}),
    "user delete": _call("user1 twitch1 event1 specimen1", "DELETE", "/users/1"),
    "user upsert": _call("user1 twitch1", "POST", "/users", {"twitch_id": "1", "name": "up"}),
    "user upsert new": _call("twitch7", "POST", "/users", {"twitch_id": "7", "name": "upn"}),
    "money": _call("user1", "POST", "/transactions", {"user_id": 1, "amount": 3, "description": "y"}),
    "specimen add": _call("user1", "POST", "/specimens", {"owner_id": 1}),
    "specimen forget": _call("specimen1", "PATCH", "/specimens/1", {"forgotten_at": "2025-02-01T00:00:00+00:00"}),
    "specimen to 2": _call("specimen1 user1 user2", "PATCH", "/specimens/1", {"owner_id": 2}),
    "specimen delete": _call("specimen1 user1", "DELETE", "/specimens/1"),
}
# Through relations, which are followed first; beside them what changes the relations.
_NESTED = {
    "document of event": _call("event1 doc1", "PATCH", "/events/1/document", {"metadata": "n"}),
    "document of event sealed": _call("event1 doc1", "PATCH", "/events/1/document", {"seal": 8}),
    "document of event delete": _call("event1 doc1", "DELETE", "/events/1/document"),
    "user of event": _call("event1 user1", "PATCH", "/events/1/user", {"name": "U"}),
    "user of event delete": _call("event1 user1", "DELETE", "/events/1/user"),
    "owner": _call("specimen2 user1", "PATCH", "/specimens/2/owner", {"name": "O"}),
    "owner delete": _call("specimen2 user1", "DELETE", "/specimens/2/owner"),
    "user of specimen": _call("specimen2 user1", "PATCH", "/specimens/2/user", {"name": "S"}),
    "user of specimen delete": _call("specimen2 user1", "DELETE", "/specimens/2/user"),
    "document of stamp": _call("stamp1 doc1", "PATCH", "/stamps/1/document", {"metadata": "s"}),
    "document of stamp delete": _call("stamp1 doc1", "DELETE", "/stamps/1/document"),
    "user of transaction": _call("user1", "PATCH", "/transactions/1/user", {"name": "T"}),
    "user of transaction delete": _call("user1", "DELETE", "/transactions/1/user"),
    "user's event": _call("user1 event1", "PATCH", "/users/1/events/1", {"message": "m"}),
    "user's event delete": _call("user1 event1", "DELETE", "/users/1/events/1"),
    "user's new event": _call("user1 doc1", "POST", "/users/1/events", event(document_id=1)),
    "current specimen": _call("user1 specimen2", "GET", "/users/1/specimen"),
    "current forget": _call("user1 specimen2", "PATCH", "/users/1/specimen", {"forgotten_at": _LATER}),
    "current delete": _call("user1 specimen2", "DELETE", "/users/1/specimen"),
    "owner of current": _call("user1 specimen2", "GET", "/users/1/specimen/owner"),
    "user's specimen": _call("user1 specimen2", "PATCH", "/users/1/specimens/2", {"forgotten_at": _LATER}),
    "user's specimen delete": _call("user1 specimen2", "DELETE", "/users/1/specimens/2"),
    "user's new specimen": _call("user1 specimen2", "POST", "/users/1/specimens", {"born_at": _LATER}),
    "user's money": _call("user1", "POST", "/users/1/transactions", {"amount": 3, "description": "y"}),
    "stamp through 1 delete": _call("stamp1 doc1", "DELETE", "/documents/1/stamps/1"),
    "stamps to 1": _call("doc1", "PUT", "/documents/1/stamps", [stamp("p"), stamp("q")]),
    "stamp alone": _call("doc1", "POST", "/stamps", stamp("n", document_id=1)),
    "document": _call("doc4", "POST", "/documents", document(stamps=[stamp("d")])),
    "event to user 2": _call("event1", "PATCH", "/events/1", {"user_id": 2}),
    "event to doc 2": _call("event1", "PATCH", "/events/1", {"document_id": 2}),
    "event delete": _call("event1", "DELETE", "/events/1"),
    "doc seal": _call("doc1", "PATCH", "/documents/1", {"seal": 9}),
    "doc delete": _call("doc1", "DELETE", "/documents/1"),
    "stamp to 2": _call("stamp1", "PATCH", "/stamps/1", {"document_id": 2}),
    "stamp delete": _call("stamp1", "DELETE", "/stamps/1"),
    "user delete": _call("user1", "DELETE", "/users/1"),
    "user twitch": _call("user1", "PATCH", "/users/1", {"twitch_id": "7"}),
    "specimen 2 forget": _call("specimen2", "PATCH", "/specimens/2", {"forgotten_at": _EARLIER}),
    "specimen 2 to 2": _call("specimen2", "PATCH", "/specimens/2", {"owner_id": 2}),
    "specimen 2 delete": _call("specimen2", "DELETE", "/specimens/2"),
}


def _work(dream: Dream) -> str:
    dream.platform.drain()
    return "worked"


def _sweep(dream: Dream) -> str:
    dream.platform.pump.tick("sweep_dreamspace")
    return "swept"


# A document and a user have just been changed, and nothing is tidy yet.
_TIDYING = {
    "worker": step(_work, "user1 doc1 event1", "task tidy_dreamspace"),
    "sweep": step(_sweep, "user1 doc1 event1", "task sweep_dreamspace"),
    "doc seal": _call("doc1", "PATCH", "/documents/1", {"seal": 10}),
    "doc stamps": _call("doc1", "PATCH", "/documents/1", {"stamps": [stamp("r")]}),
    "doc delete": _call("doc1", "DELETE", "/documents/1"),
    "stamp delete": _call("doc1", "DELETE", "/documents/1/stamps/4"),
    "stamp to 2": _call("doc1", "PATCH", "/stamps/4", {"document_id": 2}),
    "event message": _call("event1", "PATCH", "/events/1", {"message": "hello"}),
    "event time": _call("event1", "PATCH", "/events/1", {"occurred_at": _EARLIER}),
    "event to user 2": _call("event1", "PATCH", "/events/1", {"user_id": 2}),
    "event to doc 2": _call("event1", "PATCH", "/events/1", {"document_id": 2}),
    "event delete": _call("event1", "DELETE", "/events/1"),
    "event of doc 1": _call("doc1", "POST", "/events", event(user_id=1, document_id=1)),
    "user twitch": _call("user1", "PATCH", "/users/1", {"twitch_id": "7"}),
    "user delete": _call("user1", "DELETE", "/users/1"),
    "money": _call("user1", "POST", "/transactions", {"user_id": 1, "amount": 3, "description": "y"}),
}


def _make(platform: SharedPlatform) -> Dream:
    dream = Dream(platform, platform.new_partner(collection=False))
    dream.event(user={"twitch_id": "1", "name": "ada"}, document=document(stamps=[stamp("a"), stamp("b")]))
    dream.user("2", "bob")
    dream.document("c")
    dream.document()
    dream.event(user_id=1)
    dream.post("/specimens", {"owner_id": 1})
    dream.post("/transactions", {"user_id": 1, "amount": 5, "description": "x"})
    return dream


def _make_owner(platform: SharedPlatform) -> Dream:
    """The same with a second, newer specimen."""
    dream = _make(platform)
    dream.post("/specimens", {"owner_id": 1})
    return dream


def _with_pending_tidying(platform: SharedPlatform) -> Dream:
    """The same, with messages that are not worked yet."""
    dream = _make(platform)
    dream.platform.drain()
    dream.patch("/documents/1", {"seal": 9, "stamps": [stamp("new")]})
    dream.patch("/users/1", {"twitch_id": "3"})
    return dream


def _make_crowded(platform: SharedPlatform) -> Dream:
    """The same documents, with the first two stamps in a row of their own."""
    dream = Dream(platform, platform.new_partner(collection=False))
    dream.document()
    dream.put("/documents/1/stamps", [stamp(_LONG, pos_x=number) for number in range(59)])
    dream.document("c")
    dream.document()
    return dream


def _look(dream: Dream) -> Any:
    dream.platform.drain()
    return _first_look(dream)


def _first_look(dream: Dream) -> Any:
    seen = {path: dream.get(path) for path in _SHOWN}
    for path in _SHOWN_BY_NUMBER:
        answer = dream.call("GET", path)
        seen[path] = answer.json if answer.status == 200 else answer.status
    for seal in (1, 8, 9, 10):
        seen[f"sealed {seal}"] = [{"event_id": one["event_id"]} for one in dream.get("/events", document_seal=seal)]
    seen["acts"] = len(acts_of(dream.origin))
    seen["stamps that are elsewhere than they point"] = _astray(dream.origin)
    return seen


def _astray(origin: str) -> list[Any]:
    """Stamps that are not held exactly where their own rows point; there are none."""
    rows = rows_of(origin, "dreamspace")
    held = Counter((values[0], row["pk"], row["sk"]) for row in rows for values in json.loads(row.get("stamps", "[]")))
    pointed = Counter(
        (row["stamp_id"], document_pk(origin, row["document_id"]), row["shelf"]) for row in rows if "shelf" in row
    )
    return [*(held - pointed).elements(), *(pointed - held).elements()]


# DynamoDB isolates a read of several items from a transaction for each item alone, a query of one key as well.
_NO_SNAPSHOT = "a list is no snapshot: it may show a user's new name, and not yet the event that brought it"
_HARMLESS = {("list user's", "event inline"): _NO_SNAPSHOT}
_OF_STAMPS = {name: each for name, each in _STEPS.items() if name.startswith(("stamp ", "doc no"))}
SCENES = {
    "dreamspace": Scene(_make, _STEPS, _look, harmless=_HARMLESS),
    "dreamspace through relations": Scene(_make_owner, _NESTED, _look),
    "dreamspace while it is tidied": Scene(_with_pending_tidying, _TIDYING, _look, first_look=_first_look),
    "dreamspace of many stamps": Scene(_make_crowded, _OF_STAMPS, _look),
}
