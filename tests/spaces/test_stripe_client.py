"""Stripe's own Python client, against a local server."""

from collections.abc import Iterator

import pytest
import stripe

from chalicelib.core import retrying
from chalicelib.core.errors import Contended
from chalicelib.core.transactions import Transaction
from tests.outside.stripes import OF_SPACE, Place, StripeClient, error_of
from tests.platform import Platform
from tests.served import served
from tests.spaces.world import new_account


@pytest.fixture(scope="module")
def place(platform: Platform) -> Iterator[Place]:
    """The server, and an account with seven customers."""
    account = new_account(platform)
    for number in range(7):
        account.customer(name=f"C{number}")
    with served(platform.app) as base:
        yield Place(base, account.token)


class TestStripeClient(StripeClient):
    """Against the local server."""

    def test_contention_is_a_rate_limit_or_an_idempotency_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is decided anew until patience ends is 429; what is tried once is 409."""

        def contended(_: Transaction) -> None:
            raise Contended

        [customer] = stripe.Customer.list(limit=1).data
        monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.0)
        monkeypatch.setattr(Transaction, "commit", contended)
        with pytest.raises(stripe.RateLimitError) as limited:
            customer.delete()
        assert error_of(limited.value) == ("rate_limit_error", "too_many_requests", None)
        with pytest.raises(stripe.StripeError) as in_flight:
            stripe.Customer.create(name="A", email="a@example.com", **OF_SPACE)
        assert in_flight.value.http_status == 409
        assert error_of(in_flight.value) == ("idempotency_error", "request_in_flight", None)
