"""Fresh storage for every test."""

from collections.abc import Iterator

import pytest

from chalicelib.core.egress.shared import egress, shared_client
from chalicelib.webhooks.models import table
from chalicelib.webhooks.service import sweeper
from tests.receivers import Receiver
from tests.webhooks import world


@pytest.fixture
def storage() -> Iterator[None]:
    """Empty tables and queues, and no connection to a receiver of another test."""
    world.fresh_storage()
    yield
    egress().close()
    shared_client.cache_clear()


@pytest.fixture
def one_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox in one shard, so that the many sweeps of a test are short."""
    monkeypatch.setattr(table, "DUE_SHARDS", 1)
    monkeypatch.setattr(sweeper, "DUE_SHARDS", 1)


@pytest.fixture
def partner() -> world.Partner:
    """A partner."""
    return world.Partner()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers 204."""
    with Receiver() as listening:
        yield listening
