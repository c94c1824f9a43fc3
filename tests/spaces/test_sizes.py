"""The largest order that is accepted can be paid, shipped and canceled, and its customer deleted, whatever grew."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from chalicelib.core.clock import travelled
from chalicelib.spaces.domain import MAX_DETAILS_BYTES, MAX_GROWN_EVENT_BYTES, MAX_ITEMS, MAX_NEW_EVENT_BYTES
from chalicelib.spaces.schemas import LONGEST_TEXT, ShipmentCreate
from chalicelib.webhooks.service.events import LARGEST_CONTENT_BYTES
from tests.platform import Platform
from tests.spaces.world import Account, new_account

_KEY = {"Idempotency-Key": "largest"}
# One letter of each length in UTF-8, and two that JSON writes with more bytes than they have.
_LETTERS = ["x", "я", "語", "😀", '"', "\x01"]


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _order(customer: dict[str, Any], letter: str, count: int) -> dict[str, Any]:
    """An order with this many letters beyond the first of each item's id."""
    items = []
    for _ in range(MAX_ITEMS):
        more = min(count, 2 * LONGEST_TEXT - 1)
        count -= more
        first = min(more, LONGEST_TEXT - 1)
        items.append({"unit_amount": 1, "item_id": letter * (1 + first), "description": letter * (more - first)})
    return {"customer": customer["id"], "currency": "EUR", "items": items}


def _room(account: Account, customer: dict[str, Any], letter: str, kind: str) -> int:
    """How many letters more than none an order of this kind has room for."""
    account.post(f"/{kind}", _order(customer, letter, 0))
    [event] = account.get("/events", limit=1)["data"]
    return (MAX_NEW_EVENT_BYTES - _bytes(event)) // (_bytes(letter) - 2)


@pytest.mark.parametrize("letter", ["я", "語", "😀", '"', "\x01"], ids=ascii)
def test_largest_accepted_order_goes_all_its_way(platform: Platform, letter: str) -> None:
    account = new_account(platform)
    customer = account.customer()
    orders = {}
    for kind in ("invoices", "subscriptions"):
        room = _room(account, customer, letter, kind)
        assert account.call("POST", f"/{kind}", _order(customer, letter, room + 1)).status == 413
        orders[kind] = account.post(f"/{kind}", _order(customer, letter, room), **_KEY)
    url = "https://a.example/" + "\x01" * (LONGEST_TEXT - 18)
    assert account.call("PATCH", "/spaces/1", {"url": url}).status == 200
    with travelled(timedelta(seconds=11)):  # the space in an order is at most ten seconds old
        invoice = f"/invoices/{orders['invoices']['id']}"
        details = _largest_details(letter)
        assert account.post(f"{invoice}/ship", {"shipping_details": details}, **_KEY)["shipped"]
        assert account.post(f"{invoice}/pay", {}, **_KEY)["paid"]
        assert account.get(invoice)["shipping_details"] == details
        token = orders["subscriptions"]["id"]
        assert account.post(f"/subscriptions/{token}/cancel", {}, **_KEY)["status"] == "canceled"
        account.post("/subscriptions", _order(customer, letter, 0))
        assert account.call("DELETE", f"/customers/{customer['id']}").status == 200


def _largest_details(letter: str) -> dict[str, str]:
    """Details of a shipment that come to just what they may."""
    details: dict[str, str] = {f"{number}": "" for number in range(20)}
    cost = _bytes(letter) - 2
    for name in details:
        room = (MAX_DETAILS_BYTES - len(json.dumps(details, ensure_ascii=False).encode())) // cost
        details[name] = letter * min(LONGEST_TEXT, room)
    return details


@given(
    st.dictionaries(
        st.text(_LETTERS, min_size=1, max_size=LONGEST_TEXT), st.text(_LETTERS, max_size=LONGEST_TEXT), max_size=20
    )
    | st.text(_LETTERS, max_size=LONGEST_TEXT)
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_details_never_add_more_than_there_is_room_for(details: Any) -> None:
    space = 6 * LONGEST_TEXT
    others = 1_000  # `paid`, `shipped`, the event's type
    try:
        added = _bytes(ShipmentCreate.model_validate({"shipping_details": details}).shipping_details)
    except ValidationError:
        return
    assert MAX_NEW_EVENT_BYTES + added + space + others <= MAX_GROWN_EVENT_BYTES <= LARGEST_CONTENT_BYTES


def test_details_that_are_too_long_are_refused_by_name(account: Account) -> None:
    invoice = account.invoice(account.customer())
    details = {f"{number}": "\x01" * LONGEST_TEXT for number in range(20)}
    refused = account.call("POST", f"/invoices/{invoice['id']}/ship", {"shipping_details": details})
    assert (refused.status, refused.json["param"]) == (400, "shipping_details")
