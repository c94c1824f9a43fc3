"""Dreamspace: documents with stamps, events that name both, users with a wallet."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from random import Random
from typing import Any

from tests.dreamspace.world import Dream, document, event, stamp
from tests.faults.campaign.episode import Surface
from tests.faults.campaign.history import REFUSED, Effect, Operation, State
from tests.faults.campaign.models import Outcomes, changed, fresh, number_of, unlike_success
from tests.faults.crowd import SharedPlatform

_KINDS = {"documents": "doc", "stamps": "stamp", "users": "user", "events": "event"}
_PATHS = {kind: path for path, kind in _KINDS.items()}
_TWITCH = ("1", "2", "3")
_INITIAL: State = {
    "doc": {"doc/1": {"seal": 1, "metadata": None}, "doc/2": {"seal": 1, "metadata": None}},
    "stamp": {
        "stamp/1": {"doc": "doc/1", "type": "a", "x": 1},
        "stamp/2": {"doc": "doc/1", "type": "b", "x": 1},
    },
    "user": {"user/1": {"twitch": "1", "name": "ada", "balance": None}},
    "event": {"event/1": {"user": "user/1", "doc": "doc/1", "message": "hello"}},
    "used": ["doc/1", "doc/2", "stamp/1", "stamp/2", "user/1", "event/1"],
}


def _make(platform: SharedPlatform) -> Dream:
    dream = Dream(platform, platform.new_partner(collection=False))
    dream.document("a", "b")
    dream.document()
    dream.user("1", "ada")
    dream.event(user_id=1, document_id=1)
    return dream


# What is told of each, by the API and by the model.


def _told(kind: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "doc":
        stamps = {name: {"type": one["type"], "x": one["x"]} for name, one in _stamps_of(shown).items()}
        return {
            "id": f"doc/{shown['document_id']}",
            "seal": shown["seal"],
            "metadata": shown["metadata"],
            "stamps": stamps,
        }
    if kind == "stamp":
        return {"id": f"stamp/{shown['stamp_id']}", **_stamp(shown)}
    if kind == "user":
        return {
            "id": f"user/{shown['user_id']}",
            "twitch": shown["twitch_id"],
            "name": shown["name"],
            "balance": shown["wallet"],
        }
    return {
        "id": f"event/{shown['event_id']}",
        "message": shown["message"],
        "user": _named("user", shown["user_id"]),
        "doc": _named("doc", shown["document_id"]),
    }


def _stamp(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"doc": f"doc/{shown['document_id']}", "type": shown["stamp_type"], "x": shown["pos_x"]}


def _stamps_of(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {f"stamp/{one['stamp_id']}": _stamp(one) for one in shown["stamps"]}


def _named(kind: str, number: int | None) -> str | None:
    return None if number is None else f"{kind}/{number}"


def _of_model(state: State, kind: str, name: str) -> dict[str, Any]:
    shown = {"id": name, **state[kind][name]}
    if kind == "doc":
        held = {key: one for key, one in state["stamp"].items() if one["doc"] == name}
        shown["stamps"] = {key: {"type": one["type"], "x": one["x"]} for key, one in held.items()}
    return shown


# Operations.


def _call(kind: str, method: str, path: str, body: Any, effect: Effect) -> Operation[Dream]:
    def take(dream: Dream) -> Any:
        answer = dream.call(method, path, body)
        return unlike_success(answer) or _told(kind, answer.json)

    return Operation(f"{method} {path} {body or ''}".strip(), take, effect)


def _create(kind: str, path: str, body: Any, fields: Mapping[str, Any]) -> Operation[Dream]:
    def effect(state: State, ids: Collection[str]) -> Outcomes:
        if not _refers_well(state, fields):
            yield REFUSED, state
            return
        for name in fresh(state, ids, kind):
            after = changed(state)
            after[kind][name] = dict(fields)
            after["used"].append(name)
            yield _of_model(after, kind, name), after

    return _call(kind, "POST", path, body, effect)


def _change(name: str, body: Mapping[str, Any], fields: Mapping[str, Any]) -> Operation[Dream]:
    kind = name.partition("/")[0]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state[kind] or not _refers_well(state, fields) or _is_taken(state, name, fields):
            yield REFUSED, state
            return
        after = changed(state)
        after[kind][name].update(fields)
        yield _of_model(after, kind, name), after

    return _call(kind, "PATCH", _path(name), dict(body), effect)


def _restamp(name: str) -> Operation[Dream]:
    """All stamps of a document are replaced by one."""

    def effect(state: State, ids: Collection[str]) -> Outcomes:
        if name not in state["doc"]:
            yield REFUSED, state
            return
        for new in fresh(state, ids, "stamp"):
            after = changed(state)
            after["stamp"] = {key: one for key, one in after["stamp"].items() if one["doc"] != name}
            after["stamp"][new] = {"doc": name, "type": "r", "x": 1}
            after["used"].append(new)
            yield _of_model(after, "doc", name), after

    return _call("doc", "PATCH", _path(name), {"stamps": [stamp("r")]}, effect)


def _delete(name: str) -> Operation[Dream]:
    kind = name.partition("/")[0]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state[kind]:
            yield REFUSED, state
            return
        after = changed(state)
        del after[kind][name]
        if kind == "doc":
            after["stamp"] = {key: one for key, one in after["stamp"].items() if one["doc"] != name}
        for one in after["event"].values():
            one.update({field: None for field in ("user", "doc") if one[field] == name})
        yield _of_model(state, kind, name), after

    return _call(kind, "DELETE", _path(name), None, effect)


def _get(name: str) -> Operation[Dream]:
    kind = name.partition("/")[0]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        yield (_of_model(state, kind, name) if name in state[kind] else REFUSED), state

    return _call(kind, "GET", _path(name), None, effect)


def _upsert(twitch: str, name: str) -> Operation[Dream]:
    def effect(state: State, ids: Collection[str]) -> Outcomes:
        present = [key for key, one in state["user"].items() if one["twitch"] == twitch]
        for user in present or fresh(state, ids, "user"):
            after = changed(state)
            balance = after["user"].get(user, {}).get("balance")
            after["user"][user] = {"twitch": twitch, "name": name, "balance": balance}
            after["used"] += [] if present else [user]
            yield _of_model(after, "user", user), after

    return _call("user", "POST", "/users", {"twitch_id": twitch, "name": name}, effect)


def _pay(user: str, amount: int) -> Operation[Dream]:
    body = {"user_id": int(number_of(user)), "amount": amount, "description": "x"}

    def take(dream: Dream) -> Any:
        return unlike_success(dream.call("POST", "/transactions", body)) or "paid"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if user not in state["user"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["user"][user]["balance"] = (after["user"][user]["balance"] or 0) + amount
        yield "paid", after

    return Operation(f"POST /transactions {body}", take, effect)


def _refers_well(state: State, fields: Mapping[str, Any]) -> bool:
    return all(fields.get(kind) is None or fields[kind] in state[kind] for kind in ("doc", "user"))


def _is_taken(state: State, name: str, fields: Mapping[str, Any]) -> bool:
    twitch = fields.get("twitch")
    return twitch is not None and any(one["twitch"] == twitch and key != name for key, one in state["user"].items())


def _path(name: str) -> str:
    kind, _, number = name.partition("/")
    return f"/{_PATHS[kind]}/{number}"


def _choose(random: Random, ids: list[str]) -> Operation[Dream]:
    def some(kind: str) -> str:
        return random.choice([each for each in ids if each.startswith(f"{kind}/")])

    def number(kind: str) -> tuple[str, int]:
        name = some(kind)
        return name, int(number_of(name))

    doc, doc_id = number("doc")
    user, user_id = number("user")
    a_number = random.randint(2, 99)
    twitch = random.choice(_TWITCH)
    makers: list[Callable[[], Operation[Dream]]] = [
        partial(_create, "doc", "/documents", document(), {"seal": 1, "metadata": None}),
        partial(_create, "stamp", f"/documents/{doc_id}/stamps", stamp("n"), {"doc": doc, "type": "n", "x": 1}),
        partial(
            _create,
            "event",
            "/events",
            event(user_id=user_id, document_id=doc_id),
            {"user": user, "doc": doc, "message": "hello"},
        ),
        partial(_upsert, twitch, f"n{a_number}"),
        partial(_pay, user, a_number),
        partial(_restamp, doc),
        *(partial(_change, some("stamp"), {"pos_x": a_number}, {"x": a_number}) for _ in range(2)),
        partial(_change, some("stamp"), {"stamp_type": f"t{a_number}"}, {"type": f"t{a_number}"}),
        *(partial(_change, some("stamp"), {"document_id": doc_id}, {"doc": doc}) for _ in range(2)),
        partial(_change, doc, {"seal": a_number}, {"seal": a_number}),
        partial(_change, doc, {"metadata": f"m{a_number}"}, {"metadata": f"m{a_number}"}),
        partial(_change, some("event"), {"message": f"m{a_number}"}, {"message": f"m{a_number}"}),
        partial(_change, some("event"), {"document_id": doc_id}, {"doc": doc}),
        partial(_change, some("event"), {"user_id": user_id}, {"user": user}),
        partial(_change, user, {"name": f"n{a_number}"}, {"name": f"n{a_number}"}),
        partial(_change, user, {"twitch_id": twitch}, {"twitch": twitch}),
        *(partial(_delete, some(kind)) for kind in ("stamp", "doc", "user", "event")),
        *(partial(_get, some(kind)) for kind in ("stamp", "doc", "user", "event")),
    ]
    return random.choice(makers)()


def _look(dream: Dream) -> Any:
    seen: dict[str, Any] = {}
    for path, kind in _KINDS.items():
        listed = [f"/{path}/{shown[f'{path[:-1]}_id']}" for shown in dream.get(f"/{path}")]
        seen[kind] = {told.pop("id"): told for told in (_told(kind, dream.get(each)) for each in listed)}
    return seen


def _looked(state: State, _: Collection[str]) -> Outcomes:
    shown: dict[str, Any] = {}
    for kind in _KINDS.values():
        told = {name: _of_model(state, kind, name) for name in state[kind]}
        for one in told.values():
            one.pop("id")
        shown[kind] = told
    yield shown, state


SURFACE = Surface(_make, lambda _: _INITIAL, _choose, Operation("look at all", _look, _looked))
