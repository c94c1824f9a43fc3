"""Stripe's own Python client, pointed at the Spaces API."""

import os
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import requests
import stripe

# A field that Stripe's own API does not have.
OF_SPACE: dict[str, Any] = {"space": 1}


class Place(NamedTuple):
    """An address that serves the Spaces API, and the token of an account with a space and seven customers."""

    base: str
    token: str

    def get(self, path: str, **query: Any) -> requests.Response:
        """A call beneath `/api/v1`, without the client."""
        return requests.get(f"{self.base}/api/v1{path}", params=query, auth=(self.token, ""), timeout=60)


class StripeClient:
    """What a user of the client does, for the fixture `place`."""

    @pytest.fixture(autouse=True)
    def _point_the_client(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(stripe, "api_base", f"{place.base}/api")
        monkeypatch.setattr(stripe, "api_key", place.token)
        monkeypatch.setattr(stripe, "max_network_retries", 0)
        monkeypatch.setattr(stripe, "default_http_client", stripe.RequestsClient())
        # The client trusts a bundle of its own, in which there is no authority of a stage.
        monkeypatch.setattr(stripe, "ca_bundle_path", os.environ.get("REQUESTS_CA_BUNDLE", stripe.ca_bundle_path))

    def test_list_and_auto_paging_both_ways(self, place: Place) -> None:
        """Pages follow each other in both directions."""
        whole = [customer["id"] for customer in place.get("/customers", limit=100).json()["data"]]
        page = stripe.Customer.list(limit=3)
        assert [customer.id for customer in page.data] == whole[:3]
        assert [customer.id for customer in page.auto_paging_iter()] == whole
        backwards = stripe.Customer.list(limit=3, ending_before=whole[-1])
        assert [customer.id for customer in backwards.auto_paging_iter()] == whole[-2::-1]

    def test_filters_of_the_client_reach_the_list(self, place: Place) -> None:
        """Ranges and addresses are sent in a form that the API reads."""
        newest = place.get("/customers").json()["data"][0]
        found: Any = stripe.Customer.list(created={"gte": newest["created"], "lt": newest["created"] + 1}, limit=100)
        assert newest["id"] in [customer.id for customer in found.data]
        assert stripe.Customer.list(email="nobody@example.com").data == []

    def test_create_change_and_delete(self, place: Place) -> None:
        """Forms with arrays are read, and what is made can be paid for and deleted."""
        customer = stripe.Customer.create(name="Zoë", email="zoe@example.com", **OF_SPACE)
        assert stripe.Customer.retrieve(customer.id).name == "Zoë"
        items: Any = [{"item_id": "sku", "quantity": 2, "unit_amount": 500}, {"item_id": "b", "unit_amount": 1}]
        invoice: Any = stripe.Invoice.create(customer=customer.id, currency="eur", **{"items": items})
        assert (invoice.total, len(invoice["items"].data)) == (1001, 2)
        assert stripe.Invoice.retrieve(invoice.id)["order_number"] == 1
        assert stripe.Invoice.pay(invoice.id)["paid"] is True
        assert [event.type for event in stripe.Event.list(limit=2).data] == ["invoice.paid", "invoice.created"]
        assert customer.delete().deleted is True
        assert place.get(f"/customers/{customer.id}").status_code == 404

    def test_wrong_token_is_an_authentication_error(self, place: Place) -> None:
        """The client raises what it raises for a wrong key of its own."""
        with pytest.raises(stripe.AuthenticationError) as told:
            stripe.Customer.list(api_key=place.token[:-1])
        assert told.value.http_status == 401
        assert error_of(told.value) == ("authentication_error", "unauthorized", None)

    def test_wrong_field_and_unknown_object_are_invalid_requests(self) -> None:
        """The error names the field, and says what is wrong with it."""
        with pytest.raises(stripe.InvalidRequestError) as refused:
            stripe.Customer.create(name="Zoë", email="nobody", **OF_SPACE)
        assert (refused.value.http_status, refused.value.param) == (400, "email")
        assert refused.value.code == "invalid_request"
        assert str(refused.value).startswith("email: ")
        with pytest.raises(stripe.InvalidRequestError) as unknown:
            stripe.Customer.retrieve("cus_unknown")
        assert (unknown.value.http_status, unknown.value.code) == (404, "not_found")
        with pytest.raises(stripe.InvalidRequestError) as nowhere:
            stripe.PaymentIntent.list()
        assert (nowhere.value.http_status, nowhere.value.code) == (404, "not_found")

    def test_key_of_another_request_is_an_idempotency_error(self) -> None:
        """The client has an error of its own under 400 alone; with our 422 its type tells."""
        key = f"key-{uuid4()}"
        made = stripe.Customer.create(name="A", email="a@example.com", idempotency_key=key, **OF_SPACE)
        again = stripe.Customer.create(name="A", email="a@example.com", idempotency_key=key, **OF_SPACE)
        assert again.id == made.id
        with pytest.raises(stripe.StripeError) as told:
            stripe.Customer.create(name="B", email="b@example.com", idempotency_key=key, **OF_SPACE)
        assert told.value.http_status == 422
        assert error_of(told.value) == ("idempotency_error", "idempotency_key_reused", "Idempotency-Key")


def error_of(told: stripe.StripeError) -> tuple[Any, ...]:
    """What the client holds of the object `error`: type, code and param."""
    found: Any = told.error
    return found.type, found.code, getattr(found, "param", None)
