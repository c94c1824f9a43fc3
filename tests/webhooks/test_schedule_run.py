"""The whole standard schedule, about 75 hours of it, run in a hurry by the real queues and the real sweep."""

from itertools import pairwise

import pytest

from chalicelib.webhooks.domain import SCHEDULES
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, eventually, scaled_seconds

pytestmark = pytest.mark.usefixtures("storage")

SCALE = 0.00006  # 75 h in about 16 s
FLOOR_SECONDS = 1.5  # a sweep comes each quarter of a second; the rest is for a busy machine
SKEW_SECONDS = 0.05  # an attempt is stored, and the next counted from, after it was received


def test_ten_attempts_at_the_scheduled_times_and_then_exhausted(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver, scaled_seconds(SCALE):
        partner.endpoint(receiver.url)
        partner.emit()
        receiver.wait_for(10, timeout=60)
        eventually(lambda: partner.delivery()["status"] != "scheduled", seconds=10)
        times = [request.at for request in receiver.requests]
    delivery = partner.delivery()
    assert (delivery["status"], delivery["next_attempt_at"]) == ("exhausted", None)
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 11))
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    gaps = [later - earlier for earlier, later in pairwise(times)]
    for gap, scheduled in zip(gaps, SCHEDULES["standard"][1:], strict=True):
        assert 0.8 * scheduled * SCALE - SKEW_SECONDS <= gap <= 1.2 * scheduled * SCALE + FLOOR_SECONDS
