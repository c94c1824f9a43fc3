"""Webhooks: endpoints that come, go and are disabled, events, and their deliveries, which workers settle at any time.

The model keeps of each delivery every status that it may have by now. Whatever is seen narrows it; a recovery says
that in the end it must be delivered, unless its endpoint is disabled or deleted once more.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from random import Random
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core.errors import ApiError
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.webhooks import service
from tests.answers import made_up_bodies
from tests.faults.campaign.episode import Surface
from tests.faults.campaign.history import FAULT, REFUSED, Effect, Operation, State
from tests.faults.campaign.models import Outcomes, changed, fresh, number_of, unlike_success
from tests.faults.crowd import SharedPlatform
from tests.faults.recovery import let_time_pass
from tests.platform import Answer, Partner
from tests.receivers import Receiver

_SCHEDULED, _DELIVERED, _DISABLED = "scheduled", "delivered", "disabled"
_MISSED = "e0"
_EVENTS = (_MISSED, *(f"e{number}" for number in range(1, 5)))
_NEW = {"words": None, "rate": None}


@lru_cache(maxsize=1)
def _receiver() -> Receiver:
    return Receiver().__enter__()


@dataclass(frozen=True)
class _Post:
    partner: Partner
    endpoint: str

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        return self.partner.platform.call(
            method, f"/webhooks{path}", key=self.partner.key, body=body, query=query or None
        )


def _body(partner: Partner) -> dict[str, Any]:
    return {"url": f"{_receiver().url}/{partner.origin}", "event_types": [MINT_EVENT]}


def _make(platform: SharedPlatform) -> _Post:
    """An endpoint that has missed an event, since it was disabled."""
    partner = platform.new_partner(collection=False)
    answer = platform.call("POST", "/webhooks/endpoints", key=partner.key, body={**_body(partner), "enabled": False})
    post = _Post(partner, answer.json["id"])
    _record(post, _MISSED)
    post.ask("PATCH", f"/endpoints/{post.endpoint}", {"enabled": True})
    return post


def _record(post: _Post, event: str) -> None:
    transaction = Transaction()
    with made_up_bodies():
        service.emit(transaction, origin=post.partner.origin, event_type=MINT_EVENT, content={"a": 1}, event_id=event)
    transaction.commit()


def _initial(post: _Post) -> State:
    endpoint = f"endpoint/{post.endpoint}"
    first = {"enabled": True, **_NEW}
    return {
        "endpoint": {endpoint: first},
        "delivery": {f"{_MISSED} {endpoint}": {"may": [_DISABLED], "due": False}},
        "events": [_MISSED],
        "recovering": [],
        "used": [endpoint],
    }


# What is told of each, by the API and by the model.


def _told(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"endpoint/{shown['id']}",
        "enabled": shown["enabled"],
        "words": shown["description"],
        "rate": shown["rate_limit"],
    }


def _of_model(state: State, endpoint: str) -> dict[str, Any]:
    return {"id": endpoint, **state["endpoint"][endpoint]}


def _name_of(shown: Mapping[str, Any]) -> str:
    return f"{shown['event_id']} endpoint/{shown['endpoint_id']}"


def _call(method: str, path: str, body: Any, effect: Effect) -> Operation[_Post]:
    def take(post: _Post) -> Any:
        answer = post.ask(method, path, body)
        return unlike_success(answer) or _told(answer.json)

    return Operation(f"{method} {path} {body or ''}".strip(), take, effect)


# What may become of a delivery.


def _is_enabled(state: State, endpoint: str) -> bool:
    return bool(state["endpoint"].get(endpoint, {}).get("enabled"))


def _let_settle(state: dict[str, Any], endpoint: str) -> None:
    """Workers may have settled what is scheduled, by what the endpoint is now."""
    enabled = _is_enabled(state, endpoint)
    for name, one in state["delivery"].items():
        if name.endswith(f" {endpoint}"):
            one["due"] = one["due"] and enabled
            if _SCHEDULED in one["may"]:
                one["may"] = sorted({*one["may"], _DELIVERED if enabled else _DISABLED})


def _begin(state: dict[str, Any], name: str, *statuses: str) -> None:
    """A delivery has one of these statuses now."""
    endpoint = name.partition(" ")[2]
    recovered = [_SCHEDULED] if _DISABLED in statuses and endpoint in state["recovering"] else []
    due = state["delivery"].get(name, {"due": False})["due"]
    state["delivery"][name] = {"may": sorted({*statuses, *recovered}), "due": due}
    _let_settle(state, endpoint)


# Operations.


def _create() -> Operation[_Post]:
    def take(post: _Post) -> Any:
        answer = post.ask("POST", "/endpoints", _body(post.partner))
        return unlike_success(answer) or _told(answer.json)

    def effect(state: State, ids: Collection[str]) -> Outcomes:
        for new in fresh(state, ids, "endpoint"):
            after = changed(state)
            after["endpoint"][new] = {"enabled": True, **_NEW}
            after["used"].append(new)
            yield _of_model(after, new), after

    return Operation("create an endpoint", take, effect)


def _change(endpoint: str, body: Mapping[str, Any], fields: Mapping[str, Any]) -> Operation[_Post]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if endpoint not in state["endpoint"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["endpoint"][endpoint].update(fields)
        _let_settle(after, endpoint)
        yield _of_model(after, endpoint), after

    return _call("PATCH", f"/endpoints/{number_of(endpoint)}", dict(body), effect)


def _delete(endpoint: str) -> Operation[_Post]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if endpoint not in state["endpoint"]:
            yield REFUSED, state
            return
        after = changed(state)
        del after["endpoint"][endpoint]
        _let_settle(after, endpoint)
        yield _of_model(state, endpoint), after

    return _call("DELETE", f"/endpoints/{number_of(endpoint)}", None, effect)


def _rotate(endpoint: str) -> Operation[_Post]:
    path = f"/endpoints/{number_of(endpoint)}/rotate_secret"

    def take(post: _Post) -> Any:
        return unlike_success(post.ask("POST", path, {})) or "rotated"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        yield ("rotated" if endpoint in state["endpoint"] else REFUSED), state

    return Operation(f"POST {path}", take, effect)


def _emit(event: str) -> Operation[_Post]:
    """An event goes to every endpoint, once."""

    def take(post: _Post) -> Any:
        try:
            _record(post, event)
        except ApiError as error:
            return unlike_success(Answer(error.status, None, {}))
        except service.EventExists:
            return REFUSED
        except (BotoCoreError, ClientError):
            return FAULT
        return "recorded"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if event in state["events"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["events"] = sorted([*after["events"], event])
        for endpoint in after["endpoint"]:
            _begin(after, f"{event} {endpoint}", _SCHEDULED if _is_enabled(after, endpoint) else _DISABLED)
        yield "recorded", after

    return Operation(f"record {event}", take, effect)


def _on_delivery(verb: str, path: str, event: str, endpoint: str, effect: Effect) -> Operation[_Post]:
    name = f"{event} {endpoint}"

    def take(post: _Post) -> Any:
        listed = post.ask("GET", "/deliveries", limit=100)
        if unlike_success(listed):
            return unlike_success(listed)
        found = [shown["id"] for shown in listed.json["data"] if _name_of(shown) == name]
        if not found:
            return REFUSED
        answer = post.ask(verb, path.format(found[0]))
        return unlike_success(answer) or answer.json["status"]

    return Operation(f"{verb} {path.format(name)}", take, effect)


def _get(event: str, endpoint: str) -> Operation[_Post]:
    name = f"{event} {endpoint}"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["delivery"]:
            yield REFUSED, state
            return
        for status in state["delivery"][name]["may"]:
            after = changed(state)
            _begin(after, name, status)
            yield status, after

    return _on_delivery("GET", "/deliveries/{}", event, endpoint, effect)


def _replay(event: str, endpoint: str) -> Operation[_Post]:
    """Begins anew, but for what is just being sent, which is left to its sender; either way it is scheduled."""
    name = f"{event} {endpoint}"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["delivery"] or not _is_enabled(state, endpoint):
            yield REFUSED, state
            return
        after = changed(state)
        _begin(after, name, _SCHEDULED)
        yield _SCHEDULED, after

    return _on_delivery("POST", "/deliveries/{}/replay", event, endpoint, effect)


def _recover(endpoint: str) -> Operation[_Post]:
    path = f"/endpoints/{number_of(endpoint)}/recover"

    def take(post: _Post) -> Any:
        return unlike_success(post.ask("POST", path, {"since": "2020-01-01T00:00:00Z"})) or "recovered"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if not _is_enabled(state, endpoint):
            yield REFUSED, state
            return
        after = changed(state)
        after["recovering"] = sorted({*after["recovering"], endpoint})
        for name, one in after["delivery"].items():
            if name.endswith(f" {endpoint}") and one["may"] != [_DELIVERED]:
                after["delivery"][name] = {"may": sorted({*one["may"], _SCHEDULED}), "due": True}
        _let_settle(after, endpoint)
        yield "recovered", after

    return Operation(f"POST {path}", take, effect)


def _work(name: str, work: Callable[[_Post], Any]) -> Operation[_Post]:
    def take(post: _Post) -> Any:
        try:
            work(post)
        except Exception:
            return FAULT
        return "worked"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        yield "worked", state

    return Operation(name, take, effect)


def _choose(random: Random, ids: list[str]) -> Operation[_Post]:
    endpoint, event = random.choice(ids), random.choice(_EVENTS)
    words, rate = f"w{random.randint(1, 99)}", random.randint(500, 999)
    makers: list[Callable[[], Operation[_Post]]] = [
        _create,
        *(partial(_change, endpoint, {"enabled": enabled}, {"enabled": enabled}) for enabled in (True, True, False)),
        partial(_change, endpoint, {"description": words}, {"words": words}),
        partial(_change, endpoint, {"rate_limit": rate}, {"rate": rate}),
        partial(_delete, endpoint),
        partial(_rotate, endpoint),
        *(partial(_emit, event) for _ in range(4)),
        partial(_get, event, endpoint),
        *(partial(_replay, event, endpoint) for _ in range(2)),
        *(partial(_recover, endpoint) for _ in range(2)),
        *(partial(_work, "work", lambda post: post.partner.platform.drain()) for _ in range(3)),
        partial(_work, "sweep", lambda post: post.partner.platform.pump.tick("sweep_webhooks")),
    ]
    return random.choice(makers)()


class _AtRest(dict[str, Any]):
    """What may be seen at rest: every delivery with one of its statuses."""

    def __eq__(self, seen: object) -> bool:
        if not isinstance(seen, dict):
            return NotImplemented
        deliveries = self["delivery"]
        return (
            all(seen[name] == self[name] for name in ("endpoint", "events"))
            and seen["delivery"].keys() == deliveries.keys()
            and all(status in deliveries[name] for name, status in seen["delivery"].items())
        )

    __hash__ = None  # as a dict has none


def _look(post: _Post) -> Any:
    let_time_pass(post.partner.platform, rounds=2)
    listed = [_told(each) for each in post.ask("GET", "/endpoints", limit=100).json["data"]]
    deliveries = post.ask("GET", "/deliveries", limit=100).json["data"]
    return {
        "endpoint": {each.pop("id"): each for each in listed},
        "events": sorted(each["id"] for each in post.ask("GET", "/events", limit=100).json["data"]),
        "delivery": {_name_of(each): each["status"] for each in deliveries},
    }


def _looked(state: State, _: Collection[str]) -> Outcomes:
    settled = {
        name: [_DELIVERED] if one["due"] else [status for status in one["may"] if status != _SCHEDULED]
        for name, one in state["delivery"].items()
    }
    yield _AtRest(endpoint=state["endpoint"], events=state["events"], delivery=settled), state


SURFACE = Surface(_make, _initial, _choose, Operation("look at all", _look, _looked))
