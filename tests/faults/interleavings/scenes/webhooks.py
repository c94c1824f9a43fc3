"""Webhooks: one endpoint with a delivery on its way; the workers are steps too.

One operation is one line of `_STEPS`: the things that it touches, its method and path, its body.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from chalicelib.core.clock import epoch_micros, now, travelled
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.webhooks import breaker, service
from chalicelib.webhooks.repository import endpoints, health
from chalicelib.webhooks.service import notices
from chalicelib.webhooks.service.sealed import secrets_of
from tests.answers import made_up_bodies
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.faults.invariants import Item, rows_of
from tests.platform import Partner
from tests.receivers import Answer, Receiver
from tests.webhooks.older_rows import unsealed

_ELSEWHERE = "https://example.com/x"
_MOST_ENDPOINTS = 20
_CONTENT = {"a": 1, "contract": "0x1", "tokenId": "1"}
_FILTER = [[{"field": "a", "equals": 2}]]
_AGO = round(1.5 * breaker.FIRST_OPEN_SECONDS * breaker.SECOND)


@dataclass(frozen=True)
class _Post:
    partner: Partner
    endpoint: str
    delivery: str


def _ask(partner: Partner, method: str, path: str, body: Any = None) -> Any:
    answer = partner.platform.call(method, f"/webhooks{path}", key=partner.key, body=body)
    assert isinstance(answer.json, dict)
    shown = {name: each for name, each in answer.json.items() if name not in ("secret", "events")}
    for attempt in shown.get("attempts", ()):
        del attempt["latency_ms"]
    return {"status": answer.status, "json": shown}


def _call(on: str, method: str, path: str, body: Any = None) -> Step[_Post]:
    def run(post: _Post) -> Any:
        return _ask(post.partner, method, path.format(e=post.endpoint, d=post.delivery), body)

    return step(run, on, f"{method} /webhooks{path}")


def _emit(post: _Post) -> None:
    transaction = Transaction()
    with made_up_bodies():
        service.emit(transaction, origin=post.partner.origin, event_type=MINT_EVENT, content=_CONTENT)
    transaction.commit()


def _work(post: _Post) -> None:
    post.partner.platform.drain()


def _sweep(post: _Post) -> None:
    with travelled(timedelta(minutes=3)):
        post.partner.platform.pump.tick("sweep_webhooks")


def _wait(post: _Post) -> Any:
    path, query = "/webhooks/stream", {"wait": 1, "since": 0, "event_types": "customer.created"}
    answer = post.partner.platform.call("GET", path, key=post.partner.key, query=query)
    return answer.status, answer.json["data"]


_STEPS = {
    "endpoint url": _call("endpoint", "PATCH", "/endpoints/{e}", {"url": "https://example.com/new"}),
    "endpoint types": _call("endpoint", "PATCH", "/endpoints/{e}", {"event_types": [MINT_EVENT]}),
    "endpoint header": _call("endpoint", "PATCH", "/endpoints/{e}", {"api_key_header": "abc"}),
    "endpoint schedule": _call("endpoint", "PATCH", "/endpoints/{e}", {"schedule": "hourly"}),
    "endpoint rate": _call("endpoint", "PATCH", "/endpoints/{e}", {"rate_limit": 5}),
    "endpoint headers": _call("endpoint", "PATCH", "/endpoints/{e}", {"headers": {"X-Shop": "one"}}),
    "endpoint filter": _call("endpoint", "PATCH", "/endpoints/{e}", {"filter": _FILTER}),
    "filter test": _call("endpoint", "POST", "/endpoints/{e}/filter_test", {"filter": _FILTER}),
    "endpoint order": _call("endpoint", "PATCH", "/endpoints/{e}", {"ordering": "per_subject"}),
    "endpoint words": _call("endpoint", "PATCH", "/endpoints/{e}", {"description": "d"}),
    "endpoint off": _call("endpoint delivery", "PATCH", "/endpoints/{e}", {"enabled": False}),
    "endpoint on": _call("endpoint", "PATCH", "/endpoints/{e}", {"enabled": True}),
    "endpoint delete": _call("endpoint delivery endpoints", "DELETE", "/endpoints/{e}"),
    "endpoint create": _call("endpoints", "POST", "/endpoints", {"url": _ELSEWHERE, "event_types": [MINT_EVENT]}),
    "rotate": _call("endpoint", "POST", "/endpoints/{e}/rotate_secret", {"keep_seconds": 60}),
    "rotate hard": _call("endpoint", "POST", "/endpoints/{e}/rotate_secret", {"keep_seconds": 0}),
    "test": _call("endpoint", "POST", "/endpoints/{e}/test", {"event_type": MINT_EVENT}),
    "replay": _call("delivery endpoint", "POST", "/deliveries/{d}/replay"),
    "cancel": _call("delivery", "POST", "/deliveries/{d}/cancel"),
    "cancel all": _call("endpoint delivery", "POST", "/endpoints/{e}/cancel_pending"),
    "recover": _call("endpoint delivery", "POST", "/endpoints/{e}/recover", {"since": "2020-01-01T00:00:00Z"}),
    "missing": _call("endpoint delivery", "POST", "/endpoints/{e}/replay_missing", {"since": "2020-01-01T00:00:00Z"}),
    "emit": step(_emit, "endpoint endpoints"),
    "worker": step(_work, "endpoint delivery", "task deliver_webhooks", "task deliver_slow_webhooks"),
    "sweep": step(_sweep, "delivery", "task sweep_webhooks"),
}
_STREAMED = {
    name: _call("consumer", "POST", "/stream", {"consumer": "billing", "cursor": cursor})
    for name, cursor in (("store", "01JXA8Z7Q"), ("store later", "01JXA8Z7R"))
}
_STREAMED["wait"] = step(_wait, "waits", "GET /webhooks/stream")
_NEAR_ITS_END = {
    name: _STEPS[name]
    for name in ("replay", "cancel", "recover", "missing", "endpoint off", "endpoint delete", "emit", "worker", "sweep")
}
_TOLD_OF_HEALTH = (
    "endpoint url",
    "endpoint words",
    "endpoint off",
    "endpoint on",
    "endpoint delete",
    "rotate",
    "replay",
    "recover",
    "emit",
    "worker",
    "sweep",
)
_IN_LINE = {
    name: _STEPS[name]
    for name in ("endpoint order", "endpoint off", "endpoint delete", "replay", "cancel", "emit", "worker", "sweep")
}
_RECOVERED = {
    name: _STEPS[name]
    for name in ("endpoint off", "endpoint delete", "replay", "recover", "missing", "emit", "worker", "sweep")
}
_IN_TROUBLE = {name: _STEPS[name] for name in _TOLD_OF_HEALTH}
_CHANGING = ("endpoint url", "endpoint header", "endpoint words", "endpoint delete", "rotate", "rotate hard", "worker")
_OF_BEFORE = {
    **{name: _STEPS[name] for name in _CHANGING},
    "read": _call("endpoint", "GET", "/endpoints/{e}"),
    "list": _call("endpoint", "GET", "/endpoints"),
}
_SENT_JUST_NOW = "what is just being sent is left to the sender, and answered as it is then"
_UNDER_WAY = "a call that is under way while its endpoint is deleted ends as it does, and may close a breaker"
_HARMLESS = {("worker", "endpoint delete"): _UNDER_WAY}
_SUCCESS_COUNTS = "a success that was under way counts, though the delivery was canceled meanwhile"
_COUNTED_FIRST = "what is scheduled is counted first; what is delivered or ends before it is canceled was counted"
_LATE = {("worker", "cancel"): _SUCCESS_COUNTS}
_ONE_BY_ONE = (
    "one delivery of the line goes out after the other, and what is still to go when the endpoint ends does not"
)
_IN_BETWEEN = {**_LATE, ("worker", "endpoint off"): _ONE_BY_ONE, ("worker", "endpoint delete"): _ONE_BY_ONE}
_CANCELS = {
    **_LATE,
    ("worker", "cancel all"): _SUCCESS_COUNTS,
    ("cancel all", "worker"): _COUNTED_FIRST,
    ("cancel all", "endpoint delete"): _COUNTED_FIRST,
    ("cancel all", "replay"): "what is begun anew after the call came is not meant by it, and not counted",
    ("cancel all", "cancel all"): "both count the same deliveries, before either cancels them",
    ("cancel all", "sweep"): "the scene's sweep is minutes ahead of the call, and puts deliveries off for longer"
    " than the call looks ahead; of one time both are well, and clocks differ by less than a minute",
    ("cancel all", "endpoint url"): "where the call dies before it cancels, a sweep does, and what is in the queue"
    " already is tried once before, at the new address",
}


@lru_cache(maxsize=1)
def _receiver() -> Receiver:
    return Receiver().__enter__()


@lru_cache(maxsize=1)
def _gone() -> Receiver:
    return Receiver(then=Answer(410)).__enter__()


def _make(platform: SharedPlatform, receiver: Callable[[], Receiver] = _receiver) -> _Post:
    partner = platform.new_partner(collection=False)
    body = {"url": f"{receiver().url}/{partner.origin}", "event_types": [MINT_EVENT]}
    endpoint = platform.call("POST", "/webhooks/endpoints", key=partner.key, body=body).json["id"]
    _emit(_Post(partner, endpoint, ""))
    [delivery] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    return _Post(partner, endpoint, delivery["id"])


def _make_nearly_full(platform: SharedPlatform) -> _Post:
    post = _make(platform)
    for _ in range(_MOST_ENDPOINTS - 2):
        _ask(post.partner, "POST", "/endpoints", {"url": _ELSEWHERE})
    return post


def _make_open(platform: SharedPlatform) -> _Post:
    """The breaker is open, and the endpoint is to be probed now."""
    post = _make(platform)
    row = endpoints.find_endpoint(post.partner.origin, post.endpoint)
    assert row is not None
    at, state = epoch_micros(now()) - _AGO, row.known_health
    for _ in range(breaker.STREAK_TO_OPEN):
        state = breaker.after_failure(state, at=at, ok_before=0, probe=False, scale=1.0)
    assert state.state == breaker.OPEN
    assert health.replace_health(row, breaker.noticed(state, notices.FIRST, at=at))
    return post


def _make_gone(platform: SharedPlatform) -> _Post:
    """The endpoint's address answers 410 to every call, which disables it."""
    return _make(platform, _gone)


def _make_of_before(platform: SharedPlatform) -> _Post:
    """An endpoint of before secrets were sealed, which is sealed by whoever reads it first."""
    post = _make(platform)
    unsealed(post.partner.origin, post.endpoint)
    return post


def _make_near_its_end(platform: SharedPlatform) -> _Post:
    """The delivery waits since days, and its event expires within hours."""
    with travelled(-timedelta(days=4, hours=20)):
        partner = platform.new_partner(collection=False)
        kept = {"retention": {"webhook_bodies": 5, "attempts": 5}}
        assert platform.admin("PATCH", f"/{partner.origin}", kept).status == 200
        body = {"url": f"{_receiver().url}/{partner.origin}", "event_types": [MINT_EVENT]}
        endpoint = platform.call("POST", "/webhooks/endpoints", key=partner.key, body=body).json["id"]
        _emit(_Post(partner, endpoint, ""))
        [delivery] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    return _Post(partner, endpoint, delivery["id"])


def _make_missed(platform: SharedPlatform) -> _Post:
    """An endpoint that is newer than one event, was disabled while another was recorded, and is enabled again."""
    partner = platform.new_partner(collection=False)
    _emit(_Post(partner, "", ""))
    body = {"url": f"{_receiver().url}/{partner.origin}", "event_types": [MINT_EVENT], "enabled": False}
    endpoint = platform.call("POST", "/webhooks/endpoints", key=partner.key, body=body).json["id"]
    _emit(_Post(partner, endpoint, ""))
    [delivery] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    _ask(partner, "PATCH", f"/endpoints/{endpoint}", {"enabled": True})
    return _Post(partner, endpoint, delivery["id"])


def _make_ordered(platform: SharedPlatform) -> _Post:
    """The endpoint gets deliveries in order, and two about one NFT are on their way; the first is looked at."""
    partner = platform.new_partner(collection=False)
    body = {"url": f"{_receiver().url}/{partner.origin}", "event_types": [MINT_EVENT], "ordering": "per_subject"}
    endpoint = platform.call("POST", "/webhooks/endpoints", key=partner.key, body=body).json["id"]
    for _ in range(2):
        _emit(_Post(partner, endpoint, ""))
    [_, first] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    return _Post(partner, endpoint, first["id"])


def _make_missed_in_order(platform: SharedPlatform) -> _Post:
    """Two deliveries about one NFT, which an endpoint missed that gets them in order, are to begin anew."""
    partner = platform.new_partner(collection=False)
    body = {"url": f"{_receiver().url}/{partner.origin}", "event_types": [MINT_EVENT], "ordering": "per_subject"}
    endpoint = platform.call("POST", "/webhooks/endpoints", key=partner.key, body={**body, "enabled": False}).json["id"]
    for _ in range(2):
        _emit(_Post(partner, "", ""))
    [_, first] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    _ask(partner, "PATCH", f"/endpoints/{endpoint}", {"enabled": True})
    _ask(partner, "POST", f"/endpoints/{endpoint}/recover", {"since": 0})
    return _Post(partner, endpoint, first["id"])


def _look_at_rest(post: _Post) -> Any:
    _work(post)
    with travelled(timedelta(minutes=5)):
        post.partner.platform.pump.tick("sweep_webhooks")
        _work(post)
    return _look(post)


def _look(post: _Post) -> Any:
    def shown(path: str) -> list[dict[str, Any]]:
        answer = post.partner.platform.call("GET", f"/webhooks{path}", key=post.partner.key, query={"limit": 100})
        return list(answer.json["data"])

    endpoint = endpoints.find_endpoint(post.partner.origin, post.endpoint)
    rows = rows_of(post.partner.origin, "webhooks")
    return {
        "endpoints": shown("/endpoints"),
        "events": len(shown("/events")),
        "deliveries": [
            {name: one.get(name) for name in ("status", "endpoint_id", "event_type", "url")}
            for one in shown("/deliveries")
        ],
        "secrets": endpoint and [bool(each["until"]) for each in secrets_of(endpoint)],
        "counts": [row["endpoints"] for row in rows if "endpoints" in row],
        "cursors": [row["cursor"] for row in rows if "cursor" in row],
        "without body soon": _without_body_soon(rows),
    }


def _without_body_soon(rows: Sequence[Item]) -> int:
    """How many unfinished deliveries' events expire within a day."""
    soon = (now() + timedelta(days=1)).timestamp()
    kept = {row["id"] for row in rows if row["sk"] == "EVENT" and row["ttl"] > soon}
    waiting = [row["event_id"] for row in rows if row["sk"] == "DELIVERY" and row["status"] == "scheduled"]
    return sum(each not in kept for each in waiting)


SCENES = {
    "webhooks": Scene(_make, _STEPS, _look_at_rest, _look, harmless=_CANCELS),
    "webhooks near their end": Scene(_make_near_its_end, _NEAR_ITS_END, _look_at_rest, _look, harmless=_CANCELS),
    "webhooks missed": Scene(_make_missed, _STEPS, _look_at_rest, _look),
    "webhooks ordered": Scene(_make_ordered, _IN_LINE, _look_at_rest, _look, harmless=_IN_BETWEEN),
    "webhooks missed in order": Scene(_make_missed_in_order, _RECOVERED, _look_at_rest, _look, harmless=_IN_BETWEEN),
    "webhooks streamed": Scene(_make, _STREAMED, _look),
    "webhooks open": Scene(_make_open, _IN_TROUBLE, _look_at_rest, _look, harmless=_HARMLESS),
    "webhooks gone": Scene(_make_gone, _IN_TROUBLE, _look_at_rest, _look),
    "webhooks of before": Scene(_make_of_before, _OF_BEFORE, _look_at_rest, _look),
    "webhooks nearly full": Scene(_make_nearly_full, _STEPS, _look_at_rest, _look, harmless=_CANCELS),
}
