"""What deployed functions ask of AWS is heard under the name of the function that asks."""

from collections.abc import Iterator

import pytest
from chalice.app import Chalice, CloudWatchEvent, Rate

from chalicelib.core import aws
from infra.roles.permissions import API, Call
from local.engine import REGION
from local.queues.lambda_events import schedule_event
from tests import recording
from tests.platform import Partner, Platform


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[Call]]:
    """What is heard within the test alone; the run's own account takes it in afterwards."""
    found: set[Call] = set()
    with monkeypatch.context() as patch:
        patch.setattr(recording, "_calls", found)
        yield found
    recording._calls.update(found)


def _functions(calls: set[Call]) -> set[str]:
    return {call.function for call in calls}


def test_calls_of_a_worker_are_its_own_and_not_the_apis(partner: Partner, calls: set[Call]) -> None:
    partner.announce("ada")
    partner.mint("ada")
    assert _functions(calls) == {API}
    partner.platform.drain()
    assert Call("work_chain_jobs", "dynamodb", "GetItem", "chain") in calls


def test_calls_of_a_schedule_are_its_own(platform: Platform, calls: set[Call]) -> None:
    platform.pump.tick("sweep_webhooks")
    assert _functions(calls) == {"sweep_webhooks"}


def test_calls_of_another_apps_handler_are_nobodys(platform: Platform, calls: set[Call]) -> None:
    del platform
    other, asked = Chalice("other"), []

    @other.schedule(Rate(1, unit=Rate.MINUTES))
    def sweep_webhooks(event: CloudWatchEvent) -> None:
        del event
        asked.append(aws.client("dynamodb").list_tables())

    sweep_webhooks(schedule_event("sweep_webhooks", region=REGION), None)
    assert asked
    assert calls == set()
