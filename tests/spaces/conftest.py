"""Accounts."""

import pytest

from tests.platform import Platform
from tests.spaces.world import Account, new_account


@pytest.fixture
def account(platform: Platform) -> Account:
    """An account of this test's own, with one space."""
    return new_account(platform)


@pytest.fixture(scope="module")
def shared(platform: Platform) -> Account:
    """One account for tests that only ask, or that add what no other test counts."""
    return new_account(platform)


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Account:
    """Another account, with two spaces."""
    return new_account(platform, spaces=2)
