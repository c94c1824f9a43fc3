"""Stripe's own Python client, against a local server."""

from collections.abc import Iterator

import pytest

from tests.outside.stripes import Place, StripeClient
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
