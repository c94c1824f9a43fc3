"""Space3: missions and users that come and change, verdicts that a partner's endpoint gives, and jobs over users."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from typing import Any

from tests.faults.campaign.episode import Surface
from tests.faults.campaign.history import FAULT, REFUSED, Effect, Operation, State
from tests.faults.campaign.models import Outcomes, changed, fresh, number_of, unlike_success
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import rows_of
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions

_UIDS = tuple(letter * 24 for letter in "abc")
_OVER = "2020-01-01T00:00:00Z"


@lru_cache(maxsize=1)
def _partner_side() -> Receiver:
    """The partner's endpoint, which says of everybody that the mission is done."""
    return Receiver(then=Answer(200, {"Content-Type": "application/json"}, b'{"success": true}')).__enter__()


def _template() -> str:
    return f"{_partner_side().url}/check?telegram={{telegramId}}"


@dataclass(frozen=True)
class _Desk:
    missions: Missions
    mission: str


def _make(platform: SharedPlatform) -> _Desk:
    missions = Missions(platform.new_partner(collection=False))
    missions.user(uid=_UIDS[0], telegram_id="1")
    return _Desk(missions, missions.mission(_template(), name="first"))


def _initial(desk: _Desk) -> State:
    mission = f"mission/{desk.mission}"
    return {
        "mission": {mission: {"name": "first", "over": False}},
        "user": {_UIDS[0]: {"telegram": "1", "x": None}},
        "jobs": [],
        "used": [mission],
    }


# What is told of each, by the API and by the model.


def _told_of_mission(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": f"mission/{shown['id']}", "name": shown["name"], "over": shown["ends_at"] is not None}


def _told_of_user(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {"uid": shown["uid"], "telegram": shown["telegram_id"], "x": shown["x_id"]}


def _call(
    method: str, path: str, body: Any, told: Callable[[Mapping[str, Any]], Any], effect: Effect
) -> Operation[_Desk]:
    def take(desk: _Desk) -> Any:
        answer = desk.missions.call(method, path, body)
        return unlike_success(answer) or told(answer.json)

    return Operation(f"{method} {path} {body or ''}".strip(), take, effect)


# Operations.


def _create_mission(name: str) -> Operation[_Desk]:
    def effect(state: State, ids: Collection[str]) -> Outcomes:
        for new in fresh(state, ids, "mission"):
            after = changed(state)
            after["mission"][new] = {"name": name, "over": False}
            after["used"].append(new)
            yield {"id": new, **after["mission"][new]}, after

    body = {"name": name, "kind": "simple", "url_template": _template()}
    return _call("POST", "/missions", body, _told_of_mission, effect)


def _change_mission(mission: str, body: Mapping[str, Any], fields: Mapping[str, Any]) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if mission not in state["mission"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["mission"][mission].update(fields)
        yield {"id": mission, **after["mission"][mission]}, after

    return _call("PATCH", f"/missions/{number_of(mission)}", dict(body), _told_of_mission, effect)


def _delete_mission(mission: str) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if mission not in state["mission"]:
            yield REFUSED, state
            return
        after = changed(state)
        del after["mission"][mission]
        yield {"id": mission, **state["mission"][mission]}, after

    return _call("DELETE", f"/missions/{number_of(mission)}", None, _told_of_mission, effect)


def _get_mission(mission: str) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        known = state["mission"].get(mission)
        yield (REFUSED if known is None else {"id": mission, **known}), state

    return _call("GET", f"/missions/{number_of(mission)}", None, _told_of_mission, effect)


def _create_user(uid: str) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if uid in state["user"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["user"][uid] = {"telegram": None, "x": None}
        yield {"uid": uid, **after["user"][uid]}, after

    return _call("POST", "/users", {"uid": uid}, _told_of_user, effect)


def _change_user(uid: str, field: str, value: str | None) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if uid not in state["user"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["user"][uid][field] = value
        yield {"uid": uid, **after["user"][uid]}, after

    return _call("PATCH", f"/users/{uid}", {f"{field}_id": value}, _told_of_user, effect)


def _verify(mission: str, uid: str) -> Operation[_Desk]:
    """A verdict, which its evidence tells as well."""

    def take(desk: _Desk) -> Any:
        answer = desk.missions.call("POST", f"/missions/{number_of(mission)}/verify", {"uid": uid})
        if unlike_success(answer):
            return unlike_success(answer)
        evidence = desk.missions.call("GET", f"/evidence/{answer.json['evidence_id']}")
        return unlike_success(evidence) or [
            [shown["verdict"], shown["reason"]] for shown in (answer.json, evidence.json)
        ]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if mission not in state["mission"] or uid not in state["user"]:
            yield REFUSED, state
        elif state["mission"][mission]["over"]:
            yield [["unknown", "outside_window"]] * 2, state
        elif state["user"][uid]["telegram"] is None:
            yield [["unknown", "missing_identity"]] * 2, state
        else:
            yield [["done", None]] * 2, state

    return Operation(f"verify {uid} of {mission}", take, effect)


def _verify_many(mission: str) -> Operation[_Desk]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if mission not in state["mission"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["jobs"].append(["completed", len(_UIDS), len(_UIDS)])
        yield len(_UIDS), after

    def take(desk: _Desk) -> Any:
        answer = desk.missions.call("POST", f"/missions/{number_of(mission)}/verify_many", {"uids": list(_UIDS)})
        return unlike_success(answer) or answer.json["total"]

    return Operation(f"verify all of {mission}", take, effect)


def _work() -> Operation[_Desk]:
    """A worker, and the sweep that finds what no message tells of."""

    def take(desk: _Desk) -> Any:
        try:
            desk.missions.platform.drain()
            desk.missions.platform.pump.tick("sweep_verifications")
        except Exception:
            return FAULT
        return "worked"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        yield "worked", state

    return Operation("work", take, effect)


def _choose(random: Random, ids: list[str]) -> Operation[_Desk]:
    mission, uid, a_name = random.choice(ids), random.choice((_UIDS[0], *_UIDS)), f"n{random.randint(1, 99)}"
    makers: list[Callable[[], Operation[_Desk]]] = [
        partial(_create_mission, a_name),
        *(partial(_change_mission, mission, {"name": a_name}, {"name": a_name}) for _ in range(2)),
        partial(_change_mission, mission, {"ends_at": _OVER}, {"over": True}),
        partial(_change_mission, mission, {"ends_at": None}, {"over": False}),
        partial(_delete_mission, mission),
        partial(_get_mission, mission),
        *(partial(_create_user, uid) for _ in range(2)),
        *(partial(_change_user, uid, "telegram", random.choice(("1", None))) for _ in range(2)),
        *(partial(_change_user, uid, "x", a_name) for _ in range(2)),
        *(partial(_verify, mission, uid) for _ in range(3)),
        partial(_verify_many, mission),
        _work,
    ]
    return random.choice(makers)()


def _look(desk: _Desk) -> Any:
    desk.missions.platform.drain()
    listed = [_told_of_mission(each) for each in desk.missions.call("GET", "/missions", limit=100).json["data"]]
    users = [_told_of_user(each) for each in desk.missions.call("GET", "/users", limit=100).json["data"]]
    rows = rows_of(desk.missions.origin, "space3")
    return {
        "mission": {each.pop("id"): each for each in listed},
        "user": {each.pop("uid"): each for each in users},
        "jobs": sorted([row["status"], int(row["total"]), int(row["processed"])] for row in rows if row["sk"] == "JOB"),
    }


def _looked(state: State, _: Collection[str]) -> Outcomes:
    yield {name: state[name] for name in ("mission", "user", "jobs")}, state


SURFACE = Surface(_make, _initial, _choose, Operation("look at all", _look, _looked))
