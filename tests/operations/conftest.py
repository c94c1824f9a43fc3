"""Empty queues, and a deployed stage."""

from collections.abc import Iterator

import pytest

from chalicelib.core.settings import settings
from local.engine import resources
from tests.operations.queues import empty_queues
from tests.platform import Platform


@pytest.fixture
def queues(platform: Platform) -> Platform:
    """The platform, with nothing in any queue."""
    empty_queues()
    return platform


@pytest.fixture
def staging(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings and the queues of a deployed stage."""
    del platform
    for name, value in {
        "SPACEGARDEN_STAGE": "staging",
        "SPACEGARDEN_PUBLIC_URL": "https://staging.spacegarden.example",
        "SPACEGARDEN_ADMIN_KEY_SECRET_ID": "admin-key",
    }.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    resources.create_missing()
    yield
    monkeypatch.undo()
    settings.cache_clear()
