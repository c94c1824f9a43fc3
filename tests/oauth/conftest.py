"""An application, and an account that is not its own partner."""

import pytest

from tests.oauth.flows import Application, register
from tests.platform import Partner, Platform


@pytest.fixture(scope="session")
def owner(platform: Platform) -> Partner:
    """The partner that registered the applications of these tests."""
    return platform.new_partner(collection=False)


@pytest.fixture(scope="session")
def account(platform: Platform) -> Partner:
    """The partner that is asked for its consent."""
    return platform.new_partner(collection=False)


@pytest.fixture(scope="session")
def shop(owner: Partner) -> Application:
    """A confidential application."""
    return register(owner)


@pytest.fixture(scope="session")
def public(owner: Partner) -> Application:
    """An application that can keep no secret."""
    return register(owner, confidential=False)
