"""`/console/spaces`: customers, invoices and events, as the Spaces API holds them."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from chalice.app import Response

from chalicelib.core.pagination import Page
from chalicelib.pages.routes.console.calls import ConsoleCall, page
from chalicelib.spaces.service import customers, lists, orders

PageOf = Callable[[str, Mapping[str, str]], Page[dict[str, Any]]]
SPACES = "/console/spaces"
_PAGE = "25"
# ISO 4217: the number of decimal places, for currencies that do not have two.
_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}


@page(SPACES, "spaces")
def list_spaces(call: ConsoleCall) -> Response:
    """Lists the partner's spaces."""
    return _listed(call, "spaces.html", lists.list_spaces, "")


@page(SPACES + "/customers", "spaces")
def list_customers(call: ConsoleCall) -> Response:
    """Lists customers, optionally of one e-mail address or one space."""
    return _listed(
        call, "customers.html", lists.list_customers, "customers", filters=("email", "space"), needs=lists.list_spaces
    )


@page(SPACES + "/customers/{id}", "spaces")
def show_customer(call: ConsoleCall, id: str) -> Response:
    """Shows a customer with its subscriptions and invoices."""
    customer = customers.get_customer(call.origin, id)
    subscriptions = lists.list_customer_subscriptions(call.origin, id, {"limit": _PAGE})
    invoices = lists.list_invoices(call.origin, {"limit": _PAGE, "email": customer["email"]})
    return call.show(
        "customer.html", customer=customer, subscriptions=subscriptions.items, invoices=invoices.items, money=_money
    )


@page(SPACES + "/invoices", "spaces")
def list_invoices(call: ConsoleCall) -> Response:
    """Lists invoices, optionally of one e-mail address or one space."""
    return _listed(
        call, "invoices.html", lists.list_invoices, "invoices", filters=("email", "space"), needs=lists.list_customers
    )


@page(SPACES + "/invoices/{id}", "spaces")
def show_invoice(call: ConsoleCall, id: str) -> Response:
    """Shows an invoice with its lines."""
    return call.show("invoice.html", invoice=orders.get_invoice(call.origin, id), money=_money)


@page(SPACES + "/events", "spaces")
def list_events(call: ConsoleCall) -> Response:
    """Lists events, each with its object at that time."""
    return _listed(call, "space_events.html", lists.list_events, "events")


def _listed(
    call: ConsoleCall,
    template: str,
    page_of: PageOf,
    place: str,
    *,
    filters: tuple[str, ...] = (),
    needs: PageOf | None = None,
) -> Response:
    """A page of a list. An empty list shows how to create the first item, which `needs` an item of another list."""
    given = {name: call.query[name].strip() for name in filters if call.query.get(name, "").strip()}
    after = {"starting_after": call.query["after"]} if call.query.get("after") else {}
    found = page_of(call.origin, {"limit": _PAGE, **given, **after})
    last = found.items[-1]["id"] if found.has_more else None
    parts = ("spaces", place) if place else ("spaces",)
    needed = needs(call.origin, {"limit": "1"}).items if needs is not None and not (found.items or given) else []
    return call.show(
        template,
        items=found.items,
        needed=needed[0] if needed else None,
        given=given,
        **call.links_after(last, *parts, **given),
        money=_money,
        pretty=lambda value: json.dumps(value, ensure_ascii=False, indent=1),
    )


def _money(amount: int, currency: str) -> str:
    """An amount in minor units as a decimal number with its currency."""
    digits = next((digits for digits, names in _DIGITS.items() if currency in names), 2)
    return f"{Decimal(amount).scaleb(-digits):,.{digits}f} {currency}"
