"""Stripe's own Python client, pointed at this API."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from tests.platform import Platform
from tests.served import served
from tests.spaces.world import Account, new_account


@pytest.fixture(scope="module")
def account(platform: Platform) -> Iterator[Account]:
    """The account that the client speaks for, with seven customers."""
    account = new_account(platform)
    for number in range(7):
        account.customer(name=f"C{number}")
    with pytest.MonkeyPatch.context() as patch, served(platform.app) as base:
        patch.setattr(stripe, "api_base", f"{base}/api")
        patch.setattr(stripe, "api_key", account.token)
        patch.setattr(stripe, "max_network_retries", 0)
        patch.setattr(stripe, "default_http_client", stripe.RequestsClient())
        yield account


def test_list_and_auto_paging_both_ways(account: Account) -> None:
    whole = account.ids("/customers", limit=100)
    page = stripe.Customer.list(limit=3)
    assert [customer.id for customer in page.data] == whole[:3]
    assert [customer.id for customer in page.auto_paging_iter()] == whole
    backwards = stripe.Customer.list(limit=3, ending_before=whole[-1])
    assert [customer.id for customer in backwards.auto_paging_iter()] == whole[-2::-1]


def test_filters_of_the_client_reach_the_list(account: Account) -> None:
    newest = account.get("/customers")["data"][0]
    found: Any = stripe.Customer.list(created={"gte": newest["created"], "lt": newest["created"] + 1}, limit=100)
    assert newest["id"] in [customer.id for customer in found.data]
    assert stripe.Customer.list(email="nobody@example.com").data == []


def test_create_change_and_delete(account: Account) -> None:
    extra: dict[str, Any] = {"space": 1}
    customer = stripe.Customer.create(name="Zoë", email="zoe@example.com", **extra)
    assert stripe.Customer.retrieve(customer.id).name == "Zoë"
    items: Any = [{"item_id": "sku", "quantity": 2, "unit_amount": 500}, {"item_id": "b", "unit_amount": 1}]
    invoice: Any = stripe.Invoice.create(customer=customer.id, currency="eur", **{"items": items})
    assert (invoice.total, len(invoice["items"].data)) == (1001, 2)
    assert stripe.Invoice.retrieve(invoice.id)["order_number"] == 1
    assert stripe.Invoice.pay(invoice.id)["paid"] is True
    assert [event.type for event in stripe.Event.list(limit=2).data] == ["invoice.paid", "invoice.created"]
    assert customer.delete().deleted is True
    assert account.call("GET", f"/customers/{customer.id}").status == 404


def test_wrong_token_is_told(account: Account) -> None:
    with pytest.raises(stripe.StripeError) as told:
        stripe.Customer.list(api_key=account.token[:-1])
    assert told.value.http_status == 401
