"""The platform under test: the real app on the local engine, with a chain, and partners made fresh for each test.

Nothing is reset between tests: each has a partner of its own, as on a stage that many partners share. With
`AWS_ENDPOINT_URL` set the same suite runs on that engine.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from local.engine import start_engine

_HERE = Path(__file__).parent

pytest_plugins = ("tests.recording", "tests.answers", "tests.safe_calls", "tests.letters", "tests.chain.own_chain")

# How fast a machine is, and what else it does, is no property of what is tested.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

start_engine()  # before anything that makes a botocore client
os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")

from chalicelib.core.settings import settings  # noqa: E402
from tests.platform import Partner, Platform, start_platform  # noqa: E402

# Folders of files that take long, each file the work of one process: begun first, so that none is left for the end.
_LONG = (
    "stage",
    "browser",
    "package",
    "faults",
    "webhooks",
    "local",
    "budgets",
    "spaces",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest first; the rest stays in order."""
    items.sort(key=lambda item: _place(item.path.relative_to(_HERE)))


def _place(path: Path) -> int:
    return _LONG.index(path.parts[0]) if path.parts[0] in _LONG else len(_LONG)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The app, its tables, queues, chain and pump."""
    platform = start_platform()
    yield platform
    platform.close()


@pytest.fixture(autouse=True)
def unhurried() -> Iterator[None]:
    """No test leaves shortened seconds to those that come after it."""
    yield
    assert settings().seconds_scale == 1.0


@pytest.fixture
def partner(platform: Platform) -> Partner:
    """A partner of this test's own, with a key, a collection on the chain and the category VIP."""
    return platform.new_partner()


@pytest.fixture
def other_partner(platform: Platform) -> Partner:
    """Another partner, whose data must stay out of sight."""
    return platform.new_partner()
