"""Gardenlab: a partner with an announced user, two interactions, codes, a limited category; nothing on the chain.

One operation is one line of `_STEPS`: the things that it touches, what it does, what it calls.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.core.errors import ApiError
from chalicelib.gardenlab.service import codes
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import acts_of, rows_of
from tests.platform import OTHER_HOLDER, Answer, Partner
from tests.space3.missions import Missions

_COLLECTION = "/collections/summer_party"
_ADMIN = "/admin/partners/{origin}" + _COLLECTION
_KEY = {"Idempotency-Key": "k"}
_OWN_TO_A_RUN = ("tokenId", "url", "tokenUrl")
_UNSEEN = {
    *("pk", "created_key", "origin", "contract", "uid_key", "email_key", "holder_key", "version", "mint_url", "code"),
    *("at_micros", "public_id", "created_at", "minted_at", "expires_at", "id", "interaction_id", "uid_text", "actor"),
}


@dataclass(frozen=True)
class _Party:
    partner: Partner
    interaction: str
    other: str
    once: dict[str, Any]
    often: dict[str, Any]
    endpoint: str = ""


def _below(partner: Partner, method: str, path: str, body: Any = None) -> Answer:
    return partner.platform.admin(method, f"/{partner.origin}{_COLLECTION}{path}", body)


def _without_ids(answer: Answer) -> Any:
    content = answer.json
    if isinstance(content, dict):
        content = {name: value for name, value in content.items() if name not in _OWN_TO_A_RUN}
    return {"status": answer.status, "json": content}


def _calls(on: str, route: str, run: Callable[[_Party], Answer]) -> Step[_Party]:
    return step(lambda party: _without_ids(run(party)), on, f"POST /api/v1/{route}")


def _act(on: str = "ada checkin", **fields: Any) -> Step[_Party]:
    return _calls(on, "newActionForUser", lambda party: party.partner.act(**fields))


def _announce(on: str, uid: str, **fields: Any) -> Step[_Party]:
    return _calls(on, "newUserForPartner", lambda party: party.partner.announce(uid, **fields))


def _mint(**fields: Any) -> Step[_Party]:
    return _calls("ada", "mintTokenForUser", lambda party: party.partner.mint(**fields))


def _admin(on: str, method: str, path: str, body: Any = None) -> Step[_Party]:
    def run(party: _Party) -> Any:
        return _without_ids(_below(party.partner, method, path.format(i=party.interaction, c=party.once["id"]), body))

    return step(run, on, f"{method} {_ADMIN}{path}")


def _save(party: _Party, which: str, **fields: Any) -> Answer:
    interaction = {"type": "IRL Event", "name": "Check-in", "xpIncrement": 5, "action_id": "checkin", **fields}
    body = {"origin": party.partner.origin, "contract_id": "summer_party", "interaction": interaction}
    return party.partner.post("saveActionInteraction", {**body, "interactionId": getattr(party, which)})


def _replace(on: str, which: str, **fields: Any) -> Step[_Party]:
    return _calls(on, "saveActionInteraction", lambda party: _save(party, which, **fields))


def _redeem(which: str, once: str) -> Step[_Party]:
    def run(party: _Party) -> Any:
        try:
            found = codes.find(getattr(party, which)["code"])
            redeemed = codes.redeem(found, email="ada@example.com", token_id=None, once=once)
            return {name: value for name, value in redeemed.items() if name not in _OWN_TO_A_RUN}
        except ApiError as error:
            return {"refused": type(error).__name__}

    return step(run, "ada checkin codes", "POST /i/{code}")


def _hand_name_over(party: _Party) -> Any:
    """The action's name goes over to another interaction."""
    first = _save(party, "interaction", action_id="former", xpIncrement=1)
    second = _save(party, "other", action_id="checkin", xpIncrement=100, name="Other")
    return [_without_ids(first), _without_ids(second)]


def _make_anew(party: _Party) -> Any:
    _below(party.partner, "DELETE", "/categories/FREE")
    body = {"user_category_id": "FREE", "name": "FREE", "attributes": {}, "max_supply": 1}
    return _without_ids(_below(party.partner, "POST", "/categories", body))


def _link(party: _Party) -> Answer:
    return Missions(party.partner).link(("email", "ada@example.com"), ("uid", "bob"))


_LIMITED = {"user_category_id": "LIMITED", "name": "L", "attributes": {}, "max_supply": 1}
_STEPS = {
    "act": _act(),
    "act key": _act(headers=_KEY),
    "act email": _act(guest={"email": "ada@example.com"}),
    "act other": _act("ada other", action_id="other"),
    "announce same": _announce("ada", "ada"),
    "announce free": _announce("ada free", "ada", user_category_id="FREE"),
    "announce bob": _announce("bob", "bob"),
    "announce bob limited": _announce("bob limited", "bob", user_category_id="LIMITED"),
    "announce bob free": _announce("bob free", "bob", user_category_id="FREE"),
    "announce eve limited": _announce("limited", "eve", user_category_id="LIMITED"),
    "announce ada by other mail": _announce("ada", "ada", email="x@example.com"),
    "announce bob key": _announce("bob", "bob", headers=_KEY),
    "interaction xp": _replace("checkin", "interaction", xpIncrement=50),
    "interaction name": _replace("checkin", "interaction", name="Renamed"),
    "interaction renamed": _replace("checkin", "interaction", action_id="former", xpIncrement=1),
    "interaction takes name": _replace("checkin other", "other", action_id="checkin", xpIncrement=100, name="Other"),
    "rename and take": step(_hand_name_over, "checkin other", "POST /api/v1/saveActionInteraction"),
    "interaction new": _calls("brand", "saveActionInteraction", lambda party: party.partner.save_interaction("brand")),
    "window from": _admin("checkin", "PATCH", "/interactions/{i}", {"valid_from": "2020-06-01T00:00:00Z"}),
    "window until": _admin("checkin", "PATCH", "/interactions/{i}", {"valid_until": "2020-01-01T00:00:00Z"}),
    "code": _redeem("once", "one"),
    "code again": _redeem("once", "two"),
    "uses": _redeem("often", "one"),
    "uses again": _redeem("often", "two"),
    "code create": _admin(
        "codes", "POST", "/interactions/{i}/codes", {"name": "e", "max_uses": 1, "password": "open sesame"}
    ),
    "code revoke": _admin("codes", "DELETE", "/interactions/{i}/codes/{c}"),
    "thresholds": _admin("ada levels", "PATCH", "", {"level_thresholds": [0, 10]}),
    "category name": _admin("limited", "PATCH", "/categories/LIMITED", {"name": "N"}),
    "category text": _admin("limited", "PATCH", "/categories/LIMITED", {"description": "D"}),
    "category supply": _admin("limited", "PATCH", "/categories/LIMITED", {"max_supply": 2}),
    "category delete": _admin("limited", "DELETE", "/categories/LIMITED"),
    "category create": _admin("limited", "POST", "/categories", _LIMITED),
    "category recreate": step(_make_anew, "free", f"DELETE {_ADMIN}/categories/FREE", f"POST {_ADMIN}/categories"),
    "free delete": _admin("free", "DELETE", "/categories/FREE"),
    "mint": _mint(),
    "mint other": _mint(user_addr=OTHER_HOLDER),
    "mint key": _mint(headers=_KEY),
    "link": step(_link, "ada bob", "POST /admin/partners/{origin}/links"),
}
_SEVERAL_CALLS = "it is several calls, between which another may well fall"
_HARMLESS = {(several, name): _SEVERAL_CALLS for several in ("rename and take", "category recreate") for name in _STEPS}


def _make(platform: SharedPlatform) -> _Party:
    partner = platform.partner_on_paper()
    saved = partner.save_interaction().json["id"]
    other = partner.save_interaction("other", xpIncrement=100, name="Other").json["id"]
    partner.announce()
    partner.add_category("summer_party", "LIMITED", max_supply=1)
    partner.add_category("summer_party", "FREE")
    path = f"/interactions/{saved}/codes"
    once = _below(partner, "POST", path, {"name": "c", "max_uses": 1}).json
    often = _below(partner, "POST", path, {"name": "d", "max_uses": 5, "per_holder": None}).json
    return _Party(partner, saved, other, once, often)


def _look(party: _Party) -> Any:
    origin = party.partner.origin
    gardenlab, activity = rows_of(origin, "gardenlab"), rows_of(origin, "activity")
    tokens = {row["token_id"]: f"{row['uid']}/{row['user_category_id']}" for row in gardenlab if row["sk"] == "NFT"}
    return {
        "rows": [_shown(row, tokens) for row in gardenlab if row["sk"] != "COUNTER"],
        "acts": sorted(act.source.partition("/")[0] + act.activity for act in acts_of(origin)),
        "links": sorted((row["first_value"], row["second_value"]) for row in activity if "#LINK#" in row["pk"]),
        "jobs": [(row["sk"], row["state"], row.get("recipient")) for row in rows_of(origin, "chain")],
    }


def _shown(row: dict[str, Any], tokens: dict[str, str]) -> dict[str, Any]:
    """A row with NFTs by their holder's uid, without ids and times."""
    named = {name: tokens.get(row[name], "unknown NFT") for name in ("token_id", "newest", "newer") if row.get(name)}
    held = {"tokens": sorted(json.loads(row["tokens"]))} if "tokens" in row else {}
    own_id = row["sk"].startswith(("INTERACTION", "CODE", "USE"))
    unseen = _UNSEEN | {"sk"} if own_id else _UNSEEN
    return {name: value for name, value in {**row, **named, **held}.items() if name not in unseen}


_NOWHERE = "http://127.0.0.1:9/"
_TOLD = ("user.announced", "action.applied", "level.reached", "nft.claimed")


def _endpoint(on: str, method: str, body: Any) -> Step[_Party]:
    def run(party: _Party) -> Any:
        path = "/webhooks/endpoints" + (f"/{party.endpoint}" if method == "PATCH" else "")
        return party.partner.platform.call(method, path, key=party.partner.key, body=body).status

    return step(run, on, f"{method} /webhooks/endpoints" + ("/{e}" if method == "PATCH" else ""))


_TOLD_OF = ("act", "act key", "announce bob", "announce bob key", "mint", "mint key", "code", "interaction xp")
_ENDPOINT = {
    "endpoint off": _endpoint("endpoint", "PATCH", {"enabled": False}),
    "endpoint names others": _endpoint("endpoint", "PATCH", {"event_types": ["nft.burned"]}),
    "endpoint ordered": _endpoint("endpoint", "PATCH", {"ordering": "per_subject"}),
    "another endpoint": _endpoint("endpoint", "POST", {"url": _NOWHERE, "event_types": _TOLD}),
}
_TELLING = {
    **{name: replace(_STEPS[name], on=_STEPS[name].on | {"endpoint"}) for name in _TOLD_OF},
    **_ENDPOINT,
}


def _make_told(platform: SharedPlatform) -> _Party:
    """An endpoint names what happens to users; nothing listens there."""
    party = _make(platform)
    endpoint = party.partner.add_endpoint(_NOWHERE, event_types=_TOLD)
    return replace(party, endpoint=endpoint["id"])


def _look_at_told(party: _Party) -> Any:
    rows = rows_of(party.partner.origin, "webhooks")
    kinds = Counter((row["sk"], row["event_type"]) for row in rows if row.get("event_type") in _TOLD)
    return {**_look(party), "told": sorted(kinds.items())}


SCENES = {
    "gardenlab": Scene(_make, _STEPS, _look, harmless=_HARMLESS),
    "gardenlab told": Scene(_make_told, _TELLING, _look_at_told),
}
