"""One partner with a collection that these tests share, and our own endpoint behind real HTTP."""

from collections.abc import Iterator

import pytest

from chalicelib.core import aws
from chalicelib.core.ids import random_token
from chalicelib.core.queues import queue_url
from chalicelib.core.settings import settings
from chalicelib.space3.queues import JOBS
from chalicelib.space3.service import jobs, verification
from tests.platform import Partner, Platform
from tests.served import served
from tests.space3.missions import Missions


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """The pauses between tries pass a thousand times as fast."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPACEGARDEN_SECONDS_SCALE", "0.001")
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partner's endpoint is waited for, however busy the machine: a verdict of "unknown" would be the machine's."""
    monkeypatch.setattr(verification, "TRY_SECONDS", 120.0)
    monkeypatch.setattr(verification, "ALL_SECONDS", 400.0)
    monkeypatch.setattr(jobs, "WORK_SECONDS", 400.0)


@pytest.fixture(scope="package")
def club(platform: Platform) -> Partner:
    """A partner with a collection, the category VIP and the interaction checkin."""
    partner = platform.new_partner()
    partner.save_interaction()
    return partner


@pytest.fixture(scope="package")
def missions(club: Partner) -> Missions:
    """The club's missions."""
    return Missions(club)


@pytest.fixture(scope="package")
def rival(platform: Platform) -> Missions:
    """Another partner's missions."""
    return Missions(platform.new_partner(collection=False))


@pytest.fixture(scope="package")
def server_url(platform: Platform) -> Iterator[str]:
    """The app behind the local HTTP server."""
    with served(platform.app) as url:
        yield url


@pytest.fixture
def uid() -> str:
    """A user nobody else has."""
    return f"u{random_token(10)}"


@pytest.fixture
def impatient_jobs() -> Iterator[None]:
    """A message that a dead worker had received is handed out again at once, not after its visibility time-out."""
    _set_visibility(0)
    yield
    _set_visibility(JOBS.visibility_seconds)


def _set_visibility(seconds: int) -> None:
    attributes = {"VisibilityTimeout": str(seconds)}
    aws.client("sqs").set_queue_attributes(QueueUrl=queue_url(JOBS.full_name), Attributes=attributes)
