"""A partner whose calls may come from many threads, a receiver, and queues that hand a message out again at once."""

from collections.abc import Iterator

import pytest

from tests.faults.crowd import SharedPlatform
from tests.faults.recovery import impatient
from tests.platform import Partner, Platform
from tests.receivers import Receiver


@pytest.fixture(scope="session")
def shared_platform(platform: Platform) -> SharedPlatform:
    """The platform, safe to call from many threads."""
    return SharedPlatform(platform)


@pytest.fixture
def partner(shared_platform: SharedPlatform) -> Partner:
    """A partner of this test's own, to be called from many threads. Its collection is on paper alone."""
    return shared_platform.partner_on_paper()


@pytest.fixture
def chain_partner(shared_platform: SharedPlatform) -> Partner:
    """The same with a contract on the chain, whose deployment takes a while."""
    return shared_platform.new_partner()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 204."""
    with Receiver() as listening:
        yield listening


@pytest.fixture
def impatient_queues() -> Iterator[None]:
    """A message that a dead worker had received is handed out again at once, not after its visibility time-out."""
    with impatient():
        yield
