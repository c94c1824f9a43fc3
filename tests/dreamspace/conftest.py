"""A Dreamspace for each test, and one that the tests of a module share."""

import pytest

from tests.dreamspace.world import Dream, new_dream
from tests.platform import Platform


@pytest.fixture
def dream(platform: Platform) -> Dream:
    """A Dreamspace of this test's own."""
    return new_dream(platform)


@pytest.fixture(scope="module")
def shared(platform: Platform) -> Dream:
    """A Dreamspace that the tests of one module share."""
    return new_dream(platform)
