"""Partners as they begin, dead letters, and the rewards of a mission that its users were told of.

One operation is one line of `_STEPS` or `_REWARDING`: the things that it touches, what it does, what it calls.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from chalicelib.activity.queues import REWARDS
from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import rows_of
from tests.platform import Answer, Partner
from tests.space3.missions import Missions


def _new(partner: Partner) -> Answer:
    body = {"origin": f"{partner.origin}2", "display_name": "New"}
    return partner.platform.admin("POST", "", body)


def _key_of_new(partner: Partner) -> Any:
    return partner.platform.admin("POST", f"/{partner.origin}2/keys", {"name": "first"}).status


def _redrive(partner: Partner) -> Answer:
    path = f"/admin/queues/{REWARDS.name}/redrive"
    return partner.platform.call("POST", path, key=settings().admin_key, body={})


def _tick(name: str, world: Any) -> None:
    partner = world if isinstance(world, Partner) else world.partner
    partner.platform.pump.tick(name)


_STEPS: dict[str, Step[Partner]] = {
    "create": step(_new, "new", "POST /admin/partners"),
    "key of the new": step(_key_of_new, "new", "POST /admin/partners/{origin}/keys"),
    "redrive": step(lambda partner: _redrive(partner).status, "letters", "POST /admin/queues/{name}/redrive"),
    "measure": step(partial(_tick, "measure_queues"), "letters", "task measure_queues"),
}


def _look(partner: Partner) -> Any:
    admin = partner.platform.admin
    keys = admin("GET", f"/{partner.origin}2/keys")
    return {
        "partner": admin("GET", f"/{partner.origin}2").json,
        "keys": len(keys.json["data"]) if keys.status == 200 else keys.status,
        "audit": sorted(row["action"] for row in rows_of(f"{partner.origin}2", "partners") if "action" in row),
    }


@dataclass(frozen=True)
class _Quest:
    partner: Partner
    missions: Missions
    number: int


def _ask(quest: _Quest) -> Answer:
    return quest.missions.ask(f"ada@example.com/{quest.number}")


def _patch(quest: _Quest, **fields: Any) -> Any:
    return {"status": quest.missions.admin("PATCH", f"/{quest.number}", fields).status}


def _work(quest: _Quest) -> None:
    quest.partner.platform.drain()


_PATCH = "PATCH /admin/partners/{origin}/missions/{id}"
_REWARDING: dict[str, Step[_Quest]] = {
    "ask": step(_ask, "reward", "GET /missions/{origin}/{subject}/{mission}"),
    "worker": step(_work, "reward", "task grant_rewards"),
    "sweep": step(partial(_tick, "sweep_rewards"), "reward", "task sweep_rewards"),
    "act": step(lambda quest: quest.partner.act().status, "reward nft", "POST /api/v1/newActionForUser"),
    "bonus": step(
        lambda quest: quest.partner.act(action_id="bonus").status, "reward nft", "POST /api/v1/newActionForUser"
    ),
    "no reward": step(partial(_patch, reward_contract_id=None, reward_action_id=None), "reward", _PATCH),
    "other reward": step(partial(_patch, reward_action_id="other"), "reward", _PATCH),
    "target": step(partial(_patch, target=2), "reward", _PATCH),
}


def _make(platform: SharedPlatform) -> _Quest:
    partner = platform.partner_on_paper()
    for name, xp in (("checkin", 5), ("bonus", 7), ("other", 11)):
        assert partner.save_interaction(name, xpIncrement=xp).status == 200
    missions = Missions(partner)
    number = missions.answer_for(mission=7, reward_contract_id="summer_party", reward_action_id="bonus")
    assert partner.announce().status == 200
    assert partner.act().status == 200
    return _Quest(partner, missions, number)


def _look_at_rewards(quest: _Quest) -> Any:
    quest.partner.platform.drain()
    rows = rows_of(quest.partner.origin, "activity")
    return {
        "xp": [row["xp_micros"] for row in rows_of(quest.partner.origin, "gardenlab") if row["sk"] == "NFT"],
        "rewards": [(row["action_id"], row["status"], row.get("reason")) for row in rows if row["sk"] == "REWARD"],
        "mission": quest.missions.admin("GET", f"/{quest.number}").json,
    }


SCENES = {
    "partners": Scene(lambda platform: platform.new_partner(collection=False), _STEPS, _look),
    "rewards": Scene(_make, _REWARDING, _look_at_rewards),
}
