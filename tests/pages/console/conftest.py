"""One partner with everything for all tests of the console that change nothing of it."""

from collections.abc import Iterator

import pytest

from tests.pages.console.world import World, made
from tests.platform import Partner, Platform
from tests.receivers import Receiver


@pytest.fixture(scope="package")
def world(platform: Platform) -> Iterator[World]:
    """The partner."""
    with Receiver() as receiver:
        yield made(platform, receiver)


@pytest.fixture(scope="package")
def rival(platform: Platform) -> Partner:
    """Another partner, who knows every id of the first."""
    return platform.new_partner(collection=False)
