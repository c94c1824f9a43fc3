"""Spaces: customers, invoices that are paid and shipped, subscriptions, spaces, and the events that tell of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from tests.faults.campaign.episode import Surface
from tests.faults.campaign.history import REFUSED, Effect, Operation, State
from tests.faults.campaign.models import Outcomes, changed, fresh, number_of, unlike_success
from tests.faults.crowd import SharedPlatform
from tests.spaces.world import Account, new_account

_KEYS = ("k1", "k2")
_KINDS = {"customers": "customer", "invoices": "invoice", "subscriptions": "subscription"}


@dataclass(frozen=True)
class _Shop:
    account: Account
    customer: str
    invoice: str
    subscription: str


def _make(platform: SharedPlatform) -> _Shop:
    account = new_account(platform)
    customer = account.customer()
    invoice, subscription = account.invoice(customer), account.subscription(customer)
    return _Shop(account, customer["id"], invoice["id"], subscription["id"])


def _initial(shop: _Shop) -> State:
    customer, invoice = f"customer/{shop.customer}", f"invoice/{shop.invoice}"
    subscription = f"subscription/{shop.subscription}"
    return {
        "customer": {customer: {"name": "Ada", "email": "ada@example.com"}},
        "invoice": {invoice: {"number": 1, "paid": False, "shipped": False, "details": None}},
        "subscription": {subscription: {"number": 1, "status": "active", "customer": customer}},
        "space": {"1": None},
        "numbers": {"invoice": 1, "subscription": 1},
        "keys": {},
        "events": [
            f"customer.created {customer}",
            f"invoice.created {invoice} False False",
            f"subscription.created {subscription} active",
        ],
        "used": [customer, invoice, subscription],
    }


# What is told of each, by the API and by the model.


def _told(kind: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    name = f"{kind}/{shown['id']}"
    if kind == "customer":
        return {"id": name, "name": shown["name"], "email": shown["email"]}
    if kind == "invoice":
        flags = {flag: shown[flag] for flag in ("paid", "shipped")}
        return {"id": name, "number": shown["order_number"], **flags, "details": shown["shipping_details"]}
    return {"id": name, "number": shown["serial_number"], "status": shown["status"]}


def _of_model(state: State, name: str) -> dict[str, Any]:
    fields = state[name.partition("/")[0]][name]
    return {"id": name, **{key: value for key, value in fields.items() if key != "customer"}}


def _told_of_event(event: Mapping[str, Any]) -> str:
    thing = event["data"]["object"]
    return " ".join([event["type"], f"{thing['object']}/{thing['id']}", *_flags(thing)])


def _flags(thing: Mapping[str, Any]) -> list[str]:
    return [str(thing[name]) for name in ("paid", "shipped", "status") if name in thing]


def _record(state: dict[str, Any], event_type: str, name: str) -> None:
    event = " ".join([event_type, name, *_flags(state[name.partition("/")[0]][name])])
    state["events"] = sorted([*state["events"], event])


# Operations.


def _call(kind: str, method: str, path: str, body: Any, effect: Effect, **headers: str) -> Operation[_Shop]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}

    def take(shop: _Shop) -> Any:
        answer = shop.account.call(method, path, body, headers=sent)
        return unlike_success(answer) or _told(kind, answer.json)

    return Operation(f"{method} {path} {body or ''} {sent or ''}", take, effect)


def _create_customer(name: str) -> Operation[_Shop]:
    def effect(state: State, ids: Collection[str]) -> Outcomes:
        for new in fresh(state, ids, "customer"):
            after = changed(state)
            after["customer"][new] = {"name": name, "email": "n@example.com"}
            after["used"].append(new)
            _record(after, "customer.created", new)
            yield _of_model(after, new), after

    body = {"name": name, "email": "n@example.com", "space": 1}
    return _call("customer", "POST", "/customers", body, effect)


def _change_customer(name: str, field: str, value: str) -> Operation[_Shop]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["customer"]:
            yield REFUSED, state
            return
        after = changed(state)
        after["customer"][name][field] = value
        if after["customer"] != state["customer"]:
            _record(after, "customer.updated", name)
        yield _of_model(after, name), after

    return _call("customer", "PATCH", f"/customers/{number_of(name)}", {field: value}, effect)


def _delete_customer(name: str) -> Operation[_Shop]:
    path = f"/customers/{number_of(name)}"

    def take(shop: _Shop) -> Any:
        return unlike_success(shop.account.call("DELETE", path)) or "deleted"

    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["customer"]:
            yield REFUSED, state
            return
        after = changed(state)
        for subscription, fields in state["subscription"].items():
            if fields["customer"] == name:
                _end(after, subscription)
        _record(after, "customer.deleted", name)
        del after["customer"][name]
        yield "deleted", after

    def end_one(state: State, _: Collection[str]) -> Outcomes:
        for subscription, fields in state["subscription"].items():
            if fields["customer"] == name and name in state["customer"]:
                after = changed(state)
                _end(after, subscription)
                yield None, after

    return Operation(f"DELETE {path}", take, effect, parts=(end_one, end_one))


def _get_customer(name: str) -> Operation[_Shop]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        yield (_of_model(state, name) if name in state["customer"] else REFUSED), state

    return _call("customer", "GET", f"/customers/{number_of(name)}", None, effect)


def _order(kind: str, customer: str, key: str | None = None) -> Operation[_Shop]:
    """An invoice or a subscription; under a key once."""
    path = f"/{kind}s"
    fields = (
        {"paid": False, "shipped": False, "details": None}
        if kind == "invoice"
        else {"status": "active", "customer": customer}
    )

    def take(shop: _Shop) -> Any:
        headers = {"Idempotency-Key": f"{kind}-{key}"} if key else {}
        body = shop.account.order({"id": number_of(customer)})
        answer = shop.account.call("POST", path, body, headers=headers)
        return unlike_success(answer) or _told(kind, answer.json)

    def effect(state: State, ids: Collection[str]) -> Outcomes:
        place = f"{kind}-{key}"
        if key and place in state["keys"]:
            asked, answer = state["keys"][place]
            yield (answer if asked == customer else REFUSED), state
            return
        if customer not in state["customer"]:
            yield REFUSED, state
            return
        for new in fresh(state, ids, kind):
            after = changed(state)
            after["numbers"][kind] += 1
            after[kind][new] = {"number": after["numbers"][kind], **fields}
            after["used"].append(new)
            _record(after, f"{kind}.created", new)
            if key:
                after["keys"][place] = [customer, _of_model(after, new)]
            yield _of_model(after, new), after

    return Operation(f"POST {path} for {customer} {f'under {key}' if key else ''}", take, effect)


def _pay(name: str) -> Operation[_Shop]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["invoice"]:
            yield REFUSED, state
            return
        after = changed(state)
        if not after["invoice"][name]["paid"]:
            after["invoice"][name]["paid"] = True
            _record(after, "invoice.paid", name)
        yield _of_model(after, name), after

    return _call("invoice", "POST", f"/invoices/{number_of(name)}/pay", None, effect)


def _ship(name: str, details: str) -> Operation[_Shop]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["invoice"]:
            yield REFUSED, state
            return
        after = changed(state)
        invoice = after["invoice"][name]
        if invoice["shipped"] and invoice["details"] != details:
            yield REFUSED, state
            return
        if not invoice["shipped"]:
            invoice.update(shipped=True, details=details)
            _record(after, "invoice.shipped", name)
        yield _of_model(after, name), after

    return _call("invoice", "POST", f"/invoices/{number_of(name)}/ship", {"shipping_details": details}, effect)


def _cancel(name: str) -> Operation[_Shop]:
    def effect(state: State, _: Collection[str]) -> Outcomes:
        if name not in state["subscription"]:
            yield REFUSED, state
            return
        after = changed(state)
        _end(after, name)
        yield _of_model(after, name), after

    return _call("subscription", "POST", f"/subscriptions/{number_of(name)}/cancel", None, effect)


def _end(state: dict[str, Any], name: str) -> None:
    if state["subscription"][name]["status"] == "active":
        state["subscription"][name]["status"] = "canceled"
        _record(state, "subscription.canceled", name)


def _open_space() -> Operation[_Shop]:
    def take(shop: _Shop) -> Any:
        answer = shop.account.call("POST", "/spaces", {})
        return unlike_success(answer) or answer.json["n"]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        after = changed(state)
        number = len(after["space"]) + 1
        after["space"][str(number)] = None
        yield number, after

    return Operation("POST /spaces", take, effect)


def _set_url(url: str) -> Operation[_Shop]:
    def take(shop: _Shop) -> Any:
        answer = shop.account.call("PATCH", "/spaces/1", {"url": url})
        return unlike_success(answer) or answer.json["url"]

    def effect(state: State, _: Collection[str]) -> Outcomes:
        after = changed(state)
        after["space"]["1"] = url
        yield url, after

    return Operation(f"PATCH /spaces/1 {url}", take, effect)


def _choose(random: Random, ids: list[str]) -> Operation[_Shop]:
    def some(kind: str) -> str:
        return random.choice([each for each in ids if each.startswith(f"{kind}/")])

    a_name = f"n{random.randint(1, 99)}"
    customer, invoice, key = some("customer"), some("invoice"), random.choice(_KEYS)
    makers: list[Callable[[], Operation[_Shop]]] = [
        partial(_create_customer, a_name),
        partial(_change_customer, customer, "name", a_name),
        partial(_change_customer, customer, "email", f"{a_name}@example.com"),
        partial(_delete_customer, customer),
        partial(_get_customer, customer),
        partial(_order, "invoice", customer),
        partial(_order, "invoice", customer, key),
        partial(_order, "subscription", customer),
        *(partial(_pay, invoice) for _ in range(2)),
        partial(_ship, invoice, "by post"),
        partial(_ship, invoice, "by air"),
        partial(_cancel, some("subscription")),
        _open_space,
        partial(_set_url, f"https://example.com/{a_name}"),
    ]
    return random.choice(makers)()


def _look(shop: _Shop) -> Any:
    seen: dict[str, Any] = {}
    for path, kind in _KINDS.items():
        told = [_told(kind, shown) for shown in shop.account.get(f"/{path}", limit=100)["data"]]
        seen[kind] = {one.pop("id"): one for one in told}
    seen["space"] = {str(one["n"]): one["url"] for one in shop.account.get("/spaces", limit=100)["data"]}
    seen["events"] = sorted(_told_of_event(each) for each in shop.account.get("/events", limit=100)["data"])
    return seen


def _looked(state: State, _: Collection[str]) -> Outcomes:
    shown: dict[str, Any] = {}
    for kind in _KINDS.values():
        told = [_of_model(state, name) for name in state[kind]]
        shown[kind] = {one.pop("id"): one for one in told}
    yield {**shown, "space": state["space"], "events": state["events"]}, state


SURFACE = Surface(_make, _initial, _choose, Operation("look at all", _look, _looked))
