"""The whole standard schedule, about 75 hours: attempt by attempt, and in a hurry by the real queues and sweep."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.webhooks.domain import SCHEDULES
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, eventually, handle, newest, scaled_seconds, until_due

pytestmark = pytest.mark.usefixtures("storage")

SCALE = 0.00002  # 75 h in about 5 s
SKEW_SECONDS = 0.05  # the clock that is stored is not the one that the receiver reads
DELAYS = SCHEDULES["standard"][1:]


def test_each_attempt_is_put_off_by_its_delay_and_the_tenth_is_the_last(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further:
        partner.endpoint(receiver.url, schedule="standard")
        partner.emit()
        message = newest(partner)
        for number, scheduled in enumerate(DELAYS, start=1):
            begun = now()
            assert handle(message) == []
            delivery, ended = partner.delivery(), now()
            assert (delivery["status"], len(delivery["attempts"])) == ("scheduled", number)
            due = datetime.fromisoformat(delivery["next_attempt_at"])
            assert begun + timedelta(seconds=0.8 * scheduled) <= due <= ended + timedelta(seconds=1.2 * scheduled)
            further(until_due(delivery))
        handle(message)
        assert len(receiver.requests) == 10
    assert (partner.delivery()["status"], partner.delivery()["next_attempt_at"]) == ("exhausted", None)


def test_ten_attempts_come_by_themselves_none_too_early_and_then_exhausted(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver, scaled_seconds(SCALE):
        partner.endpoint(receiver.url)
        partner.emit()
        receiver.wait_for(10, timeout=300)
        eventually(lambda: partner.delivery()["status"] != "scheduled", seconds=120)
        times = [request.at for request in receiver.requests]
    delivery = partner.delivery()
    assert (delivery["status"], delivery["next_attempt_at"]) == ("exhausted", None)
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 11))
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    gaps = [later - earlier for earlier, later in pairwise(times)]
    for gap, scheduled in zip(gaps, DELAYS, strict=True):
        assert gap >= 0.8 * scheduled * SCALE - SKEW_SECONDS
