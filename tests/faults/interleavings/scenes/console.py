"""The console: what an operator changes by forms, beside what partners change by the API. Forms are sent, not fetched.

One operation is one line of `_STEPS`: the things that it touches, its path below `/console`, its fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from chalicelib.core.clock import travelled
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.gardenlab.service.timeline import SETTLED_SECONDS
from local.server.gateway import Gateway
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import rows_of
from tests.oauth.flows import register
from tests.pages.console.world import sign_in
from tests.pages.forms import FORM
from tests.platform import Partner
from tests.space3.missions import Missions

_COLLECTION = "/collections/summer_party"
_NOBODY = "http://127.0.0.1:9/hook"
_LONG_AGO = "2020-01-01T00:00"
_NONCE = "0123456789abcdefghij"
_COUNTED = {"activity": "gardenlab:summer_party:checkin", "counting": "per_act"}


@dataclass(frozen=True)
class _Desk:
    partner: Partner
    cookies: str
    csrf: str
    names: dict[str, str]


def _send(desk: _Desk, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = FORM) -> Any:
    given = {"Host": "spacegarden.test", **headers, "Cookie": desk.cookies}
    target = "/console" + path.format(**desk.names)
    gateway = Gateway(desk.partner.platform.app)
    return {"status": gateway.handle(method, target, list(given.items()), body, source_ip="127.0.0.1").status}


def _post(on: str, path: str, **fields: str) -> Step[_Desk]:
    def run(desk: _Desk) -> Any:
        filled = {name: value.format(**desk.names) for name, value in fields.items()}
        return _send(desk, "POST", path, urlencode({"csrf": desk.csrf, "nonce": _NONCE, **filled}).encode())

    return step(run, on, f"POST /console{path}")


def _open_later(on: str, path: str) -> Step[_Desk]:
    """Opens a page once what has happened is old enough for its sums to be kept."""

    def run(desk: _Desk) -> Any:
        with travelled(timedelta(seconds=SETTLED_SECONDS + 1)):
            return _send(desk, "GET", path, headers={})

    return step(run, on, f"GET /console{path}")


def _admin(on: str, method: str, path: str, body: Any = None) -> Step[_Desk]:
    def run(desk: _Desk) -> Any:
        target = f"/{desk.partner.origin}" + path.format(**desk.names)
        return {"status": desk.partner.platform.admin(method, target, body).status}

    return step(run, on, f"{method} /admin/partners/{{origin}}{path}")


_VERIFIED = {
    "kind": "simple",
    "dialect": "space3",
    "counting": "sum",
    "recurrence": "once",
    "target": "1",
}
_STEPS = {
    "key create": _post("keys", "/keys", name="third", **{"scope:spaces": "1"}),
    "key revoke": _post("keys", "/keys/{key}/revoke"),
    "own key revoke": _post("keys session", "/keys/{own}/revoke"),
    "sign in": _post("session", "/sign-in", key="x"),
    "sign out": _post("session", "/sign-out"),
    "overview": _open_later("nft", ""),
    "figures": _open_later("nft", "/figures"),
    "apply": _post("nft", "/apply", collection="summer_party", action_id="checkin", code="1"),
    "apply to nft": _post("nft", f"{_COLLECTION}/nfts/1/interactions", action_id="checkin"),
    "levels": _post("nft levels", f"{_COLLECTION}/levels", level_thresholds="0, 10"),
    "token ids": _post("nft levels", _COLLECTION, may_change_token_id="1"),
    "category": _post("categories", f"{_COLLECTION}/categories", user_category_id="NEW", name="New"),
    "category name": _post("category categories", f"{_COLLECTION}/categories/VIP", name="Vip", imgUrl=""),
    "category end": _post("category categories", f"{_COLLECTION}/categories/FREE/delete"),
    "category text": _admin("category", "PATCH", f"{_COLLECTION}/categories/VIP", {"description": "D"}),
    "interaction": _post(
        "interactions", f"{_COLLECTION}/interactions", name="N", type="T", xpIncrement="5", action_id="new"
    ),
    "interaction xp": _post(
        "interaction nft",
        f"{_COLLECTION}/interactions/{{interaction}}",
        name="Check-in",
        type="IRL Event",
        xpIncrement="9",
        action_id="checkin",
    ),
    "window": _post("interaction nft", f"{_COLLECTION}/interactions/{{interaction}}/window", valid_until=_LONG_AGO),
    "code": _post(
        "codes", f"{_COLLECTION}/interactions/{{interaction}}/codes", code_name="d", max_uses="5", per_holder="1"
    ),
    "code end": _post("codes", f"{_COLLECTION}/interactions/{{interaction}}/codes/{{code}}/end"),
    "answered": _post("answered", "/missions/answered", mission="8", kind="simple", **_COUNTED, target="1"),
    "answered target": _post("answered", "/missions/answered/7", kind="simple", **_COUNTED, target="5"),
    "answered end": _post("answered", "/missions/answered/7/delete"),
    "answered kind": _admin("answered", "PATCH", "/missions/7", {"kind": "accumulative"}),
    "answered test": _post("answered", "/missions/answered/7/test", email="a@example.com"),
    "user": _post("users", "/missions/users", email="new@example.com"),
    "verified": _post(
        "verified", "/missions/verified", name="N", url_template="https://example.com/c?w=<Wallet>", **_VERIFIED
    ),
    "verified edit": _post(
        "verified",
        "/missions/verified/{mission}/edit",
        name="Edited",
        url_template="https://example.com/check?wallet=<Wallet>",
        **_VERIFIED,
    ),
    "verified end": _post("verified", "/missions/verified/{mission}/delete"),
    "verified test": _post(
        "verified", "/missions/verified/{mission}/test", completed_uid="{user}", not_completed_uid="{user}"
    ),
    "verified verify": _post("verified", "/missions/verified/{mission}/verify", uid="{user}"),
    "endpoint": _post("endpoints", "/webhooks/endpoints", url="https://example.com/2"),
    "endpoint url": _post("endpoint endpoints", "/webhooks/endpoints/{endpoint}", url="https://example.com/3"),
    "endpoint end": _post("endpoint endpoints", "/webhooks/endpoints/{endpoint}/delete"),
    "endpoint off": _post("endpoint", "/webhooks/endpoints/{endpoint}/enabled", to="disabled"),
    "endpoint cancel": _post("endpoint", "/webhooks/endpoints/{endpoint}/cancel"),
    "endpoint recover": _post("endpoint", "/webhooks/endpoints/{endpoint}/recover", since="2026-01-01T00:00"),
    "endpoint missing": _post("endpoint", "/webhooks/endpoints/{endpoint}/replay_missing", since="2026-01-01T00:00"),
    "endpoint secret": _post("endpoint", "/webhooks/endpoints/{endpoint}/secret", keep_hours="0"),
    "endpoint test": _post("endpoint", "/webhooks/endpoints/{endpoint}/test", event_type=MINT_EVENT),
    "cancel": _post("endpoint", "/webhooks/deliveries/{delivery}/cancel"),
    "replay": _post("endpoint", "/webhooks/deliveries/{delivery}/replay"),
    "grant end": _post("grants", "/grants/{grant}/end"),
}


def _make(platform: SharedPlatform) -> _Desk:
    partner = platform.partner_on_paper()
    admin, missions = platform.admin, Missions(partner)
    interaction = partner.save_interaction().json["id"]
    partner.announce()
    partner.add_category("summer_party", "FREE")
    codes = f"/{partner.origin}{_COLLECTION}/interactions/{interaction}/codes"
    missions.answer_for(mission=7)
    endpoint = partner.add_endpoint(_NOBODY, enabled=False)["id"]
    platform.call("POST", f"/webhooks/endpoints/{endpoint}/test", key=partner.key, body={"event_type": MINT_EVENT})
    platform.call("PATCH", f"/webhooks/endpoints/{endpoint}", key=partner.key, body={"enabled": True})
    [delivery] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    register(partner).tokens_of(partner)
    names = {
        "interaction": interaction,
        "code": admin("POST", codes, {"name": "c"}).json["id"],
        "own": admin("GET", f"/{partner.origin}/keys").json["data"][0]["id"],
        "key": admin("POST", f"/{partner.origin}/keys", {"name": "second"}).json["id"],
        "endpoint": endpoint,
        "delivery": delivery["id"],
        "mission": missions.mission("https://example.com/check?wallet={wallet}"),
        "user": missions.user(email="a@example.com"),
        "grant": admin("GET", f"/{partner.origin}/oauth_grants").json["data"][0]["id"],
    }
    surfer = sign_in(partner)
    csrf = next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)
    return _Desk(partner, "; ".join(f"{name}={value}" for name, value in surfer.cookies.items()), csrf, names)


def _look_at_rest(desk: _Desk) -> Any:
    platform = desk.partner.platform
    platform.drain()
    with travelled(timedelta(minutes=5)):  # a deleted endpoint's deliveries end once the index has surely followed
        platform.pump.tick("sweep_webhooks")
        platform.drain()
    return _look(desk)


def _look(desk: _Desk) -> Any:
    partner = desk.partner
    admin, call = partner.platform.admin, partner.platform.call
    seen: dict[str, Any] = {}
    for path in ("/keys", "/missions", "/oauth_grants", _COLLECTION, f"{_COLLECTION}/categories"):
        answer = admin("GET", f"/{partner.origin}{path}")
        seen[path] = answer.json if answer.status == 200 else answer.status
    for each in seen["/keys"]["data"]:
        each.pop("last_used_at")
    codes = f"/{partner.origin}{_COLLECTION}/interactions/{desk.names['interaction']}/codes"
    seen["codes"] = [
        {name: one[name] for name in ("name", "max_uses", "revoked_at")} for one in admin("GET", codes).json["data"]
    ]
    rows = rows_of(partner.origin, "gardenlab")
    seen["xp"] = sorted(row["xp_micros"] for row in rows if row["sk"] == "NFT")
    seen["interactions"] = sorted(
        (row["name"], row["xp_micros"], row.get("valid_until_micros") is None)
        for row in rows
        if row["sk"].startswith("INTERACTION#") and "xp_micros" in row
    )
    audit = admin("GET", f"/{partner.origin}/audit", query={"limit": 100}).json["data"]
    seen["audit"] = [{name: one[name] for name in ("action", "before", "after")} for one in audit]
    key = admin("POST", f"/{partner.origin}/keys", {"name": "to look"}).json["key"]
    for path in ("/space3/missions", "/space3/users", "/webhooks/endpoints"):
        seen[path] = call("GET", path, key=key, query={"limit": 100}).json["data"]
    seen["deliveries"] = sorted(one["status"] for one in call("GET", "/webhooks/deliveries", key=key).json["data"])
    return seen


SCENES = {"console": Scene(_make, _STEPS, _look_at_rest, _look)}
