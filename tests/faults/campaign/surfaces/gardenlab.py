"""Gardenlab: users get NFTs of limited categories, and interactions change them, by actions and by codes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from chalicelib.core.errors import ApiError
from chalicelib.gardenlab.service import codes
from tests.faults.campaign.episode import Surface
from tests.faults.campaign.history import FAULT, REFUSED, Effect, Operation, State
from tests.faults.campaign.models import Outcomes, changed, fresh, number_of, unlike_success
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import rows_of
from tests.platform import Answer, Partner

_BELOW = "/collections/summer_party"
_UIDS = ("ada", "bob", "eve")
_CATEGORIES = ("VIP", "LIMITED")
_KEYS = ("k1", "k2")
# Each interaction counts under a type of its own.
_TYPES = {"checkin": "IRL Event", "twice": "Shop"}
_MOST_OF = {"checkin": None, "twice": 2}
_USES = 2
_MICROS = 1_000_000


@dataclass(frozen=True)
class _Party:
    partner: Partner
    interaction: str
    code: str


def _make(platform: SharedPlatform) -> _Party:
    partner = platform.partner_on_paper()
    partner.add_category("summer_party", "LIMITED", max_supply=1)
    saved = partner.save_interaction(type=_TYPES["checkin"]).json["id"]
    partner.save_interaction("twice", type=_TYPES["twice"], xpIncrement=7, authScanCount=_MOST_OF["twice"])
    path = f"/{partner.origin}{_BELOW}/interactions/{saved}/codes"
    code = platform.admin("POST", path, {"name": "c", "max_uses": _USES, "per_holder": None}).json["code"]
    assert partner.announce("ada").json["tokenId"] == "1"
    return _Party(partner, saved, code)


_INITIAL: State = {
    "token": {"token/1": {"uid": "ada", "category": "VIP", "xp": 0, "counts": {}}},
    "newest": {"ada": "token/1"},
    "emails": {"ada": "ada@example.com"},
    "most": {"VIP": None, "LIMITED": 1},
    "xp": {"checkin": 5, "twice": 7},
    "uses": 0,
    "keys": {},
    "used": ["token/1"],
}


# What is told, by the API and by the model.


def _told(answer: Answer) -> Any:
    counts = {name: each for name, each in answer.json["attributes"].items() if name in _TYPES.values()}
    return {"id": f"token/{answer.json['tokenId']}", "counts": counts}


def _of_model(state: State, token: str) -> dict[str, Any]:
    return {"id": token, "counts": dict(state["token"][token]["counts"])}  # what was answered does not change with it


def _call(name: str, ask: Callable[[_Party], Answer], effect: Effect) -> Operation[_Party]:
    def take(party: _Party) -> Any:
        answer = ask(party)
        return unlike_success(answer) or _told(answer)

    return Operation(name, take, effect)


# Operations.


def _announce(uid: str, category: str, email: str) -> Operation[_Party]:
    def effect(state: State, ids: Collection[str]) -> Outcomes:
        if state["emails"].get(uid, email) != email:
            yield REFUSED, state
            return
        tokens = state["token"]
        mine = [key for key, one in tokens.items() if (one["uid"], one["category"]) == (uid, category)]
        if mine:
            yield _of_model(state, mine[0]), state
            return
        most = state["most"][category]
        if most is not None and sum(one["category"] == category for one in tokens.values()) >= most:
            yield REFUSED, state
            return
        for new in fresh(state, ids, "token"):
            after = changed(state)
            after["token"][new] = {"uid": uid, "category": category, "xp": 0, "counts": {}}
            after["newest"][uid] = new
            after["emails"][uid] = email
            after["used"].append(new)
            yield _of_model(after, new), after

    return _call(
        f"announce {uid} {category} {email}",
        lambda party: party.partner.announce(uid, user_category_id=category, email=email),
        effect,
    )


def _apply(state: State, token: str | None, action: str) -> dict[str, Any] | None:
    """The state after an interaction; None where it is refused."""
    if token is None:
        return None
    kind, most = _TYPES[action], _MOST_OF[action]
    times = state["token"][token]["counts"].get(kind, 0)
    if most is not None and times >= most:
        return None
    after = changed(state)
    after["token"][token]["counts"][kind] = times + 1
    after["token"][token]["xp"] += state["xp"][action]
    return after


def _act(uid: str, action: str, key: str | None = None) -> Operation[_Party]:
    asked = f"{uid} {action}"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if key in state["keys"]:
            first, answer = state["keys"][key]
            yield (answer if first == asked else REFUSED), state
            return
        token = state["newest"].get(uid)
        after = _apply(state, token, action)
        if after is None or token is None:
            yield REFUSED, state
            return
        if key:
            after["keys"][key] = [asked, _of_model(after, token)]
        yield _of_model(after, token), after

    headers = {"Idempotency-Key": key} if key else {}
    name = f"act {asked} {f'under {key}' if key else ''}"
    return _call(name, lambda party: party.partner.act(uid, action_id=action, headers=headers), effect)


def _redeem(uid: str, once: str) -> Operation[_Party]:
    def take(party: _Party) -> Any:
        try:
            codes.redeem(codes.find(party.code), email=f"{uid}@example.com", token_id=None, once=once)
        except ApiError as error:
            return REFUSED if error.status < 500 else FAULT
        return "redeemed"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        known = state["emails"].get(uid) == f"{uid}@example.com"
        after = _apply(state, state["newest"].get(uid) if known else None, "checkin")
        if after is None or state["uses"] >= _USES:
            yield REFUSED, state
            return
        after["uses"] += 1
        yield "redeemed", after

    return Operation(f"redeem for {uid} once {once}", take, effect)


def _set_xp(xp: int) -> Operation[_Party]:
    def take(party: _Party) -> Any:
        interaction = {"type": _TYPES["checkin"], "name": "Check-in", "xpIncrement": xp, "action_id": "checkin"}
        body = {"origin": party.partner.origin, "contract_id": "summer_party", "interaction": interaction}
        answer = party.partner.post("saveActionInteraction", {**body, "interactionId": party.interaction})
        return unlike_success(answer) or answer.json["interaction"]["xpIncrement"]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        after = changed(state)
        after["xp"]["checkin"] = xp
        yield xp, after

    return Operation(f"set XP to {xp}", take, effect)


def _set_most(most: int) -> Operation[_Party]:
    def take(party: _Party) -> Any:
        path = f"/{party.partner.origin}{_BELOW}/categories/LIMITED"
        answer = party.partner.platform.admin("PATCH", path, {"max_supply": most})
        return unlike_success(answer) or [answer.json["max_supply"], answer.json["issued"]]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        issued = sum(one["category"] == "LIMITED" for one in state["token"].values())
        if most < issued:
            yield REFUSED, state
            return
        after = changed(state)
        after["most"]["LIMITED"] = most
        yield [most, issued], after

    return Operation(f"set supply to {most}", take, effect)


def _get(token: str) -> Operation[_Party]:
    def take(party: _Party) -> Any:
        number = number_of(token)
        answer = party.partner.get("getNftByTokenId", contract_id="summer_party", tokenId=number)
        return unlike_success(answer) or {**_told(answer), "xp": answer.json["xp"]}

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if token in state["token"]:
            yield {**_of_model(state, token), "xp": state["token"][token]["xp"]}, state
        else:
            yield REFUSED, state

    return Operation(f"get {token}", take, effect)


def _choose(random: Random, ids: list[str]) -> Operation[_Party]:
    uid, a_number, key = random.choice(_UIDS), random.randint(1, 99), random.choice(_KEYS)
    email = f"{uid}@example.com"
    makers: list[Callable[[], Operation[_Party]]] = [
        *(partial(_announce, uid, category, email) for category in _CATEGORIES),
        partial(_announce, uid, random.choice(_CATEGORIES), f"other-{uid}@example.com"),
        *(partial(_act, uid, "checkin") for _ in range(3)),
        *(partial(_act, uid, "twice") for _ in range(2)),
        partial(_act, uid, "checkin", key),
        *(partial(_redeem, uid, str(a_number)) for _ in range(2)),
        partial(_set_xp, a_number),
        partial(_set_most, random.randint(1, 3)),
        partial(_get, random.choice(ids)),
    ]
    return random.choice(makers)()


def _look(party: _Party) -> Any:
    rows = [row for row in rows_of(party.partner.origin, "gardenlab") if row["sk"] == "NFT"]
    return sorted([f"token/{row['token_id']}", row["uid"], row["user_category_id"], row["xp_micros"]] for row in rows)


def _looked(state: State, _: Collection[str]) -> Outcomes:
    tokens = state["token"].items()
    yield sorted([key, one["uid"], one["category"], one["xp"] * _MICROS] for key, one in tokens), state


SURFACE = Surface(_make, lambda _: _INITIAL, _choose, Operation("look at all", _look, _looked))
