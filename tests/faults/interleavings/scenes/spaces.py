"""Spaces: one account with a customer, an invoice, a subscription and a REST hook.

One operation is one line of `_STEPS`: the things that it touches, its method and path, its body.
"""

from dataclasses import dataclass
from typing import Any

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.platform import Answer
from tests.spaces.world import Account, new_account

_LISTS = (
    "/spaces",
    "/customers",
    "/invoices",
    "/subscriptions",
    "/captured_emails",
    "/events",
    "/webhooks",
    "/resource_subscriptions",
)


@dataclass(frozen=True)
class _Shop:
    account: Account
    customer: dict[str, Any]
    invoice: dict[str, Any]
    subscription: dict[str, Any]
    hook: dict[str, Any]

    def path(self, template: str) -> str:
        return template.format(
            c=self.customer["id"], i=self.invoice["id"], s=self.subscription["id"], h=self.hook["id"]
        )


def _call(
    on: str, method: str, path: str, body: Any = None, *, key: str | None = None, parts: tuple[str, ...] = ()
) -> Step[_Shop]:
    headers = {"Idempotency-Key": key} if key else {}

    def run(shop: _Shop) -> Answer:
        return shop.account.call(method, shop.path(path), body, headers=headers)

    return step(run, on, f"{method} /api/v1{path}", parts=parts)


def _order(on: str, path: str, *, key: str | None = None) -> Step[_Shop]:
    headers = {"Idempotency-Key": key} if key else {}

    def run(shop: _Shop) -> Answer:
        return shop.account.call("POST", path, shop.account.order(shop.customer), headers=headers)

    return step(run, on, f"POST /api/v1{path}")


_POST = {"shipping_details": "by post"}
_AIR = {"shipping_details": "by air"}
_CUSTOMER = {"name": "New", "email": "n@example.com", "space": 1}
_CAPTURED = {"email": "c@example.com", "space": 1}
_HOOK = {"event": "invoice.paid", "target_url": "https://example.com/2"}
_STEPS = {
    "customer name": _call("customer", "PATCH", "/customers/{c}", {"name": "Eve"}),
    "customer email": _call("customer", "PATCH", "/customers/{c}", {"email": "eve@example.com"}),
    "customer delete": _call("customer", "DELETE", "/customers/{c}", parts=("cancel",)),
    "invoice": _order("customer invoices", "/invoices"),
    "invoice key": _order("customer invoices", "/invoices", key="k"),
    "subscription": _order("customer", "/subscriptions"),
    "subscription key": _order("customer", "/subscriptions", key="k"),
    "pay": _call("invoice", "POST", "/invoices/{i}/pay"),
    "pay key": _call("invoice", "POST", "/invoices/{i}/pay", key="k"),
    "ship": _call("invoice", "POST", "/invoices/{i}/ship", _POST),
    "ship other": _call("invoice", "POST", "/invoices/{i}/ship", _AIR),
    "ship key": _call("invoice", "POST", "/invoices/{i}/ship", _POST, key="k"),
    "cancel": _call("subscription customer", "POST", "/subscriptions/{s}/cancel"),
    "cancel key": _call("subscription customer", "POST", "/subscriptions/{s}/cancel", key="k"),
    "space": _call("spaces", "POST", "/spaces", {}),
    "space url": _call("spaces space", "PATCH", "/spaces/1", {"url": "https://example.com/a"}),
    "space no url": _call("spaces space", "PATCH", "/spaces/1", {"url": None}),
    "hook": _call("hooks", "POST", "/resource_subscriptions", _HOOK),
    "hook delete": _call("hooks", "DELETE", "/resource_subscriptions/{h}"),
    "customer": _call("space", "POST", "/customers", _CUSTOMER),
    "customer key": _call("space", "POST", "/customers", _CUSTOMER, key="k"),
    "captured": _call("space", "POST", "/captured_emails", _CAPTURED),
    "captured key": _call("space", "POST", "/captured_emails", _CAPTURED, key="k"),
}


def _make(platform: SharedPlatform) -> _Shop:
    account = new_account(platform)
    customer = account.customer()
    invoice, subscription = account.invoice(customer), account.subscription(customer)
    return _Shop(account, customer, invoice, subscription, account.hook("https://example.com/hook", "invoice.paid"))


def _look(shop: _Shop) -> Any:
    seen: dict[str, Any] = {"customer": shop.account.call("GET", shop.path("/customers/{c}")).json}
    for path in _LISTS:
        seen[path] = shop.account.get(path, limit=100)["data"]
    return seen


SCENES = {"spaces": Scene(_make, _STEPS, _look)}
