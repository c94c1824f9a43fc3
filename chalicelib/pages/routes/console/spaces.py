"""`/console/spaces`: customers, invoices and events, as the Spaces API holds them."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from chalice.app import Response

from chalicelib.core.pagination import Page
from chalicelib.pages.routes.console.desk import Desk, address, page
from chalicelib.spaces.service import customers, lists, orders

SPACES = "/console/spaces"
_PAGE = "25"
# ISO 4217: how many digits of an amount are behind the point, where these are not two.
_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}


@page(SPACES, "spaces")
def list_spaces(desk: Desk) -> Response:
    """Lists the partner's spaces."""
    return _listed(desk, "spaces.html", lists.list_spaces, "")


@page(SPACES + "/customers", "spaces")
def list_customers(desk: Desk) -> Response:
    """Lists customers, perhaps those of one e-mail address or one space."""
    return _listed(desk, "customers.html", lists.list_customers, "customers", filters=("email", "space"))


@page(SPACES + "/customers/{id}", "spaces")
def show_customer(desk: Desk, id: str) -> Response:
    """Shows a customer with its subscriptions and invoices."""
    customer = customers.get_customer(desk.origin, id)
    subscriptions = lists.list_customer_subscriptions(desk.origin, id, {"limit": _PAGE})
    invoices = lists.list_invoices(desk.origin, {"limit": _PAGE, "email": customer["email"]})
    return desk.show(
        "customer.html", customer=customer, subscriptions=subscriptions.items, invoices=invoices.items, money=_money
    )


@page(SPACES + "/invoices", "spaces")
def list_invoices(desk: Desk) -> Response:
    """Lists invoices, perhaps those of one customer's address or one space."""
    return _listed(desk, "invoices.html", lists.list_invoices, "invoices", filters=("email", "space"))


@page(SPACES + "/invoices/{id}", "spaces")
def show_invoice(desk: Desk, id: str) -> Response:
    """Shows an invoice with its lines."""
    return desk.show("invoice.html", invoice=orders.get_invoice(desk.origin, id), money=_money)


@page(SPACES + "/events", "spaces")
def list_events(desk: Desk) -> Response:
    """Lists what happened, each with the object as it was then."""
    return _listed(desk, "space_events.html", lists.list_events, "events")


def _listed(
    desk: Desk,
    template: str,
    page_of: Callable[[str, Mapping[str, str]], Page[dict[str, Any]]],
    place: str,
    *,
    filters: tuple[str, ...] = (),
) -> Response:
    given = {name: desk.query[name].strip() for name in filters if desk.query.get(name, "").strip()}
    after = {"starting_after": desk.query["after"]} if desk.query.get("after") else {}
    found = page_of(desk.origin, {"limit": _PAGE, **given, **after})
    last = found.items[-1]["id"] if found.items else None
    parts = ("spaces", place) if place else ("spaces",)
    return desk.show(
        template,
        items=found.items,
        given=given,
        older=address(*parts, after=last, **given) if found.has_more else None,
        first=address(*parts, **given),
        is_first=not after,
        money=_money,
        pretty=lambda value: json.dumps(value, ensure_ascii=False, indent=1),
    )


def _money(amount: int, currency: str) -> str:
    """An amount in a currency's smallest unit, as people write it."""
    digits = next((digits for digits, names in _DIGITS.items() if currency in names), 2)
    return f"{Decimal(amount).scaleb(-digits):,.{digits}f} {currency}"
