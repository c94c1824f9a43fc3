"""What operators and the mission system change of a partner: keys, links, missions, users.

One operation is one line of `_STEPS`: the things that it touches, its method and path, its body.
"""

from dataclasses import dataclass
from typing import Any

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.platform import Answer, Partner
from tests.space3.missions import Missions

_HIDDEN = ("key", "last_used_at")
_UIDS = (("email", "a@example.com"), ("uid", "u1"))


@dataclass(frozen=True)
class _Office:
    partner: Partner
    key: str
    link: str
    missions: Missions
    mission: str
    uid: str

    def path(self, template: str) -> str:
        return template.format(k=self.key, l=self.link, m=self.mission, u=self.uid)


def _without_secrets(answer: Answer) -> Any:
    content = answer.json if isinstance(answer.json, dict) else {}
    return {"status": answer.status, "json": {name: each for name, each in content.items() if name not in _HIDDEN}}


def _admin(on: str, method: str, path: str, body: Any = None) -> Step[_Office]:
    def run(office: _Office) -> Any:
        partner = office.partner
        return _without_secrets(partner.platform.admin(method, f"/{partner.origin}{office.path(path)}", body))

    return step(run, on, f"{method} /admin/partners/{{origin}}{path}")


def _space3(on: str, method: str, path: str, body: Any = None) -> Step[_Office]:
    def run(office: _Office) -> Any:
        return office.missions.call(method, office.path(path), body)

    return step(run, on, f"{method} /space3{path}")


def _relink(office: _Office) -> Answer:
    office.partner.platform.admin("DELETE", f"/{office.partner.origin}/links/{office.link}")
    return office.missions.link(*_UIDS)


_NO_REWARD = {"reward_contract_id": None, "reward_action_id": None}
_ANEW = {"mission": 7, "kind": "simple", "activity": "x:y:z", "allow_unknown": True}
_STEPS = {
    "partner name": _admin("partner", "PATCH", "", {"display_name": "New name"}),
    "partner mail": _admin("partner", "PATCH", "", {"contact_email": "x@example.com"}),
    "partner bodies": _admin("partner", "PATCH", "", {"retention": {"webhook_bodies": 5}}),
    "partner attempts": _admin("partner", "PATCH", "", {"retention": {"attempts": 5}}),
    "key revoke": _admin("keys", "DELETE", "/keys/{k}"),
    "key create": _admin("keys", "POST", "/keys", {"name": "third"}),
    "link": step(lambda office: office.missions.link(*_UIDS), "links", "POST /admin/partners/{origin}/links"),
    "link delete": _admin("links", "DELETE", "/links/{l}"),
    "relink": step(
        _relink, "links", "DELETE /admin/partners/{origin}/links/{l}", "POST /admin/partners/{origin}/links"
    ),
    "answered kind": _admin("answered", "PATCH", "/missions/7", {"kind": "accumulative"}),
    "answered target": _admin("answered", "PATCH", "/missions/7", {"target": 5}),
    "answered secret": _admin("answered", "PATCH", "/missions/7", {"secret": "s3cret"}),
    "answered reward": _admin("answered", "PATCH", "/missions/7", {"reward_contract_id": "two", "allow_unknown": True}),
    "answered action": _admin("answered", "PATCH", "/missions/7", {"reward_action_id": "act2", "allow_unknown": True}),
    "answered no reward": _admin("answered", "PATCH", "/missions/7", _NO_REWARD),
    "answered delete": _admin("answered", "DELETE", "/missions/7"),
    "answered create": _admin("answered", "POST", "/missions", _ANEW),
    "mission name": _space3("mission", "PATCH", "/missions/{m}", {"name": "N"}),
    "mission starts": _space3("mission", "PATCH", "/missions/{m}", {"starts_at": "2026-03-01T00:00:00Z"}),
    "mission ends": _space3("mission", "PATCH", "/missions/{m}", {"ends_at": "2026-02-01T00:00:00Z"}),
    "mission headers": _space3("mission", "PATCH", "/missions/{m}", {"headers": {"X-B": "2"}}),
    "mission kind": _space3("mission", "PATCH", "/missions/{m}", {"kind": "accumulative"}),
    "mission dialect": _space3("mission", "PATCH", "/missions/{m}", {"dialect": "galxe"}),
    "mission delete": _space3("mission", "DELETE", "/missions/{m}"),
    "user mail": _space3("user", "PATCH", "/users/{u}", {"email": "b@example.com"}),
    "user x": _space3("user", "PATCH", "/users/{u}", {"x_id": "xx"}),
}
_HARMLESS = {("relink", name): "it is two calls, between which another may well fall" for name in _STEPS}


def _make(platform: SharedPlatform) -> _Office:
    partner = platform.new_partner(collection=False)
    key = platform.admin("POST", f"/{partner.origin}/keys", {"name": "second"}).json
    missions = Missions(partner)
    reward = {"reward_contract_id": "one", "reward_action_id": "act"}
    missions.answer_for(mission=7, activity="a:b:c", allow_unknown=True, **reward)
    link = missions.link(*_UIDS).json["id"]
    mission = missions.mission("https://example.com/check?wallet={wallet}", headers={"X-A": "1"})
    uid = missions.user(email="a@example.com")
    return _Office(partner, key["id"], link, missions, mission, uid)


def _look(office: _Office) -> Any:
    origin, admin = office.partner.origin, office.partner.platform.admin
    seen: dict[str, Any] = {}
    for path in ("", "/keys", "/links", "/missions", "/missions/7"):
        answer = admin("GET", f"/{origin}{path}")
        seen[path] = answer.json if answer.status == 200 else answer.status
    for each in seen["/keys"]["data"]:
        each.pop("last_used_at")
    seen["audit"] = [
        {name: one[name] for name in ("action", "target", "before", "after")}
        for one in admin("GET", f"/{origin}/audit", query={"limit": 100}).json["data"]
    ]
    for name, path in (("missions", "/missions"), ("users", "/users"), ("mission", office.path("/missions/{m}"))):
        answer = office.missions.call("GET", path)
        seen[f"space3 {name}"] = answer.json if answer.status == 200 else answer.status
    return seen


SCENES = {"admin": Scene(_make, _STEPS, _look, harmless=_HARMLESS)}
