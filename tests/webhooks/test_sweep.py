"""The sweep: finds what is due, once, at a bounded cost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks import tasks
from chalicelib.webhooks.service import sweeper
from tests.receivers import Receiver
from tests.webhooks.world import Partner, drain, handle, message, requests_seen, sweep

pytestmark = pytest.mark.usefixtures("storage")


def test_empty_sweep_costs_one_request_a_shard() -> None:
    with requests_seen() as seen, requests_seen("sqs") as sent:
        assert tasks.sweep() == 0
    assert seen == ["Query"] * 8
    assert sent == []


def test_two_sweepers_at_once_enqueue_each_delivery_once(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    for _ in range(12):
        partner.emit()
    with travelled(timedelta(minutes=3)), ThreadPoolExecutor(4) as sweepers:
        assert sum(sweepers.map(lambda _: tasks.sweep(), range(4))) == 12


def test_sweep_leaves_time_for_what_it_enqueued(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    with travelled(timedelta(minutes=3)) as further:
        assert sweep() == 1
        assert sweep() == 0
        further(timedelta(minutes=2, seconds=1))
        assert sweep() == 1
        drain()
        further(timedelta(days=1))
        assert sweep() == 0
    assert len(receiver.requests) == 1


def test_sweep_reads_on_where_a_shard_holds_more_than_a_page(
    partner: Partner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "PAGE", 2)
    partner.endpoint(receiver.url)
    for _ in range(30):
        partner.emit()
    with travelled(timedelta(minutes=3)):
        assert sweep() == 30


def test_sweep_that_comes_to_its_bound_goes_on_next_time(
    partner: Partner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "PAGE", 1)
    monkeypatch.setattr(sweeper, "MAX_PAGES", 1)
    partner.endpoint(receiver.url)
    for _ in range(20):
        partner.emit()
    with travelled(timedelta(minutes=3)):
        swept = [sweep() for _ in range(20)]
    assert max(swept) <= 8
    assert sum(swept) == 20


def test_delivery_in_hand_is_not_swept(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    delivery_id = partner.deliveries()[0]["id"]
    handle(message(partner.origin, delivery_id))
    with travelled(timedelta(minutes=3)):
        assert sweep() == 0
