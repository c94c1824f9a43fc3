"""Missions from both sides: one that is answered and gives a reward, and one that is verified, with a user and a job.

Whoever is asked about has no Telegram account, so that no verification leaves the process.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import acts_of, rows_of
from tests.platform import Answer, Partner
from tests.space3.missions import Missions

_ANSWERED = "/admin/partners/{origin}/missions"
_REWARD = {"reward_contract_id": "summer_party", "reward_action_id": "bonus"}
_NO_REWARD = {"reward_contract_id": None, "reward_action_id": None}
_UID = "660acc89142ce43bb232a3e5"
_TEMPLATE = "https://example.com/check?telegram={telegramId}"


@dataclass(frozen=True)
class _Rewarding:
    partner: Partner
    missions: Missions
    bonus: str
    token: str


@dataclass(frozen=True)
class _Verifying:
    missions: Missions
    mission: str
    user: str


def _admin(method: str, path: str, body: Any = None) -> Step[_Rewarding]:
    return step(lambda world: world.missions.admin(method, path, body), "mission", f"{method} {_ANSWERED}{path}")


def _ask_as_zealy(world: _Rewarding, path: str) -> Answer:
    body = {"accounts": {"email": "ada@example.com"}}
    return world.partner.platform.call("POST", f"/missions/{world.partner.origin}/{path}", body=body)


def _asked(path: str) -> Step[_Rewarding]:
    pattern = "POST /missions/{origin}/{subject}" + "/{mission}" * path.count("/")
    return step(lambda world: _ask_as_zealy(world, path), "mission reward", pattern)


def _status(run: Callable[[_Rewarding], Answer]) -> Callable[[_Rewarding], Any]:
    """What is told but for ids of a run's own."""
    return lambda world: run(world).status


def _save_bonus(world: _Rewarding, **fields: Any) -> Answer:
    interaction = {"type": "Bonus", "name": "Bonus", "action_id": "bonus", "xpIncrement": 7, **fields}
    body = {"origin": world.partner.origin, "contract_id": "summer_party", "interaction": interaction}
    return world.partner.post("saveActionInteraction", {**body, "interactionId": world.bonus})


def _link(world: _Rewarding) -> Answer:
    return world.missions.link(("email", "ada@example.com"), ("discord", "1"))


def _work(world: _Rewarding | _Verifying) -> None:
    world.missions.platform.drain()


def _tick(schedule: str, world: _Rewarding | _Verifying) -> None:
    world.missions.platform.pump.tick(schedule)


_SAVE = "POST /api/v1/saveActionInteraction"
_REWARDING: dict[str, Step[_Rewarding]] = {
    "ask": step(
        lambda world: world.missions.ask("ada@example.com/7"), "mission reward", "GET /missions/{origin}/{s}/{m}"
    ),
    "ask by query": step(
        lambda world: world.missions.ask("7", email="ada@example.com"), "mission reward", "GET /missions/{origin}/{s}"
    ),
    "ask zealy": _asked("zealy:7"),
    "ask zealy by mail": _asked("ada@example.com/zealy:7"),
    "grant": step(_work, "reward", "task grant_rewards"),
    "sweep": step(partial(_tick, "sweep_rewards"), "reward", "task sweep_rewards"),
    "reward elsewhere": _admin("PATCH", "/7", {"reward_contract_id": "elsewhere", "allow_unknown": True}),
    "no reward": _admin("PATCH", "/7", _NO_REWARD),
    "target": _admin("PATCH", "/7", {"target": 5}),
    "secret": _admin("PATCH", "/7", {"secret": "s3cret"}),
    "delete": _admin("DELETE", "/7"),
    "act": step(_status(lambda world: world.partner.act()), "mission reward", "POST /api/v1/newActionForUser"),
    "announce free": step(
        _status(lambda world: world.partner.announce(user_category_id="FREE")),
        "reward",
        "POST /api/v1/newUserForPartner",
    ),
    "bonus renamed": step(_status(lambda world: _save_bonus(world, action_id="former")), "reward", _SAVE),
    "bonus worth more": step(_status(lambda world: _save_bonus(world, xpIncrement=50)), "reward", _SAVE),
    "link": step(_status(_link), "reward", "POST /admin/partners/{origin}/links"),
}


def _space3(on: str, method: str, path: str, body: Any = None) -> Step[_Verifying]:
    def run(world: _Verifying) -> Answer:
        return world.missions.call(method, path.format(m=world.mission, u=world.user), body)

    return step(run, on, f"{method} /space3{path}")


def _try(world: _Verifying) -> Any:
    body = {"completed_uid": world.user, "not_completed_uid": world.user}
    answer = world.missions.call("POST", f"/missions/{world.mission}/test", body)
    return answer.status, answer.json.get("ok")


def _verify(world: _Verifying) -> Any:
    answer = world.missions.call("POST", f"/missions/{world.mission}/verify", {"uid": world.user})
    return answer.status, answer.json.get("reason")


def _verify_many(world: _Verifying) -> Any:
    answer = world.missions.call("POST", f"/missions/{world.mission}/verify_many", {"uids": [world.user, _UID]})
    return answer.status, answer.json.get("total")


_ONE_OF_SEVERAL = ("verify",)  # each verification keeps its evidence, also where the others were not made
_MISSION = {"name": "New", "kind": "simple", "url_template": _TEMPLATE}
_VERIFYING: dict[str, Step[_Verifying]] = {
    "create": _space3("mission", "POST", "/missions", _MISSION),
    "name": _space3("mission", "PATCH", "/missions/{m}", {"name": "Newer"}),
    "target": _space3("mission", "PATCH", "/missions/{m}", {"kind": "accumulative", "target": 5}),
    "over": _space3("mission", "PATCH", "/missions/{m}", {"ends_at": "2020-01-01T00:00:00Z"}),
    "delete": _space3("mission", "DELETE", "/missions/{m}"),
    "user": _space3("user", "POST", "/users", {"uid": _UID, "email": "bob@example.com"}),
    "user mail": _space3("user", "PATCH", "/users/{u}", {"email": "b@example.com"}),
    "user x": _space3("user", "PATCH", "/users/{u}", {"x_id": "xx"}),
    "try": step(_try, "mission user", "POST /space3/missions/{m}/test", parts=_ONE_OF_SEVERAL),
    "verify": step(_verify, "mission user", "POST /space3/missions/{m}/verify"),
    "verify many": step(_verify_many, "mission user job", "POST /space3/missions/{m}/verify_many"),
    "work": step(_work, "mission user job", "task verify_users", parts=_ONE_OF_SEVERAL),
    "sweep": step(partial(_tick, "sweep_verifications"), "job", "task sweep_verifications"),
}


def _make_rewarding(platform: SharedPlatform, *, owed: bool) -> _Rewarding:
    platform.drain()
    partner = platform.partner_on_paper()
    partner.save_interaction()
    bonus = partner.save_interaction("bonus", xpIncrement=7).json["id"]
    partner.add_category("summer_party", "FREE")
    missions = Missions(partner)
    missions.answer_for(mission=7, **_REWARD)
    token = partner.announce().json["tokenId"]
    partner.act()
    if owed:
        missions.ask("ada@example.com/7")
    return _Rewarding(partner, missions, bonus, token)


def _look_at_rewards(world: _Rewarding) -> Any:
    origin = world.partner.origin
    world.partner.platform.drain()
    activity = rows_of(origin, "activity")
    answered = world.missions.admin("GET", "/7")
    return {
        "mission": answered.json if answered.status == 200 else answered.status,
        "xp": sorted(row["xp_micros"] for row in rows_of(origin, "gardenlab") if row["sk"] == "NFT"),
        "claims": sum("#CLAIM#" in row["pk"] for row in activity),
        "rewards": [
            [row["contract_id"], row["action_id"], row["status"], row.get("reason")]
            for row in activity
            if row["sk"] == "REWARD"
        ],
        "acts": sorted(act.activity for act in acts_of(origin)),
    }


def _make_verifying(platform: SharedPlatform) -> _Verifying:
    platform.drain()
    missions = Missions(platform.partner_on_paper())
    mission, user = missions.mission(_TEMPLATE), missions.user(email="ada@example.com")
    missions.call("POST", f"/missions/{mission}/verify_many", {"uids": [user, _UID]})
    return _Verifying(missions, mission, user)


def _first_look_at_verifying(world: _Verifying) -> Any:
    return [world.mission, world.user]


def _look_at_verifying(world: _Verifying) -> Any:
    world.missions.platform.drain()
    rows = rows_of(world.missions.origin, "space3")
    mission, user = (
        world.missions.call("GET", path) for path in (f"/missions/{world.mission}", f"/users/{world.user}")
    )
    return {
        "mission": mission.json if mission.status == 200 else mission.status,
        "user": user.json,
        "names": sorted(row["name"] for row in rows if row["sk"] == "MISSION"),
        "uids": sorted(row["uid"] for row in rows if row["sk"] == "USER"),
        "evidence": sorted(
            (row["uid"], row["verdict"], row.get("reason") or "") for row in rows if row["sk"] == "EVIDENCE"
        ),
        "jobs": sorted((row["status"], row["total"], row["processed"]) for row in rows if row["sk"] == "JOB"),
    }


SCENES: dict[str, Scene[Any]] = {
    "answered": Scene(partial(_make_rewarding, owed=False), _REWARDING, _look_at_rewards),
    "owed": Scene(partial(_make_rewarding, owed=True), _REWARDING, _look_at_rewards),
    "verified": Scene(_make_verifying, _VERIFYING, _look_at_verifying, first_look=_first_look_at_verifying),
}
