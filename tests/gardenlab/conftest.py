"""Two partners that these tests share; each test brings users and actions of its own."""

import pytest

from chalicelib.core.ids import random_token
from tests.platform import Partner, Platform


@pytest.fixture(scope="package")
def club(platform: Platform) -> Partner:
    """A partner with a collection on the chain and the category VIP; deploying one for each test would take long."""
    return platform.new_partner()


@pytest.fixture(scope="package")
def rival(platform: Platform) -> Partner:
    """Another partner with a collection of the same alias."""
    return platform.new_partner()


@pytest.fixture
def uid() -> str:
    """A user nobody else has."""
    return f"u{random_token(10)}"


@pytest.fixture
def action_id() -> str:
    """An action nobody else has."""
    return f"a{random_token(10)}"
