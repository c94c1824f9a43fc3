"""One endpoint of ten hangs: the others' events arrive while it does."""

from contextlib import ExitStack
from threading import Event

import pytest

from chalicelib.webhooks.domain import MAX_ENDPOINTS
from chalicelib.webhooks.service import deliverer
from chalicelib.webhooks.service.event_types import known_event_types
from tests.receivers import Receiver, Talk
from tests.webhooks.world import Partner, eventually, health_of_each, pumping

pytestmark = pytest.mark.usefixtures("storage")

*HEALTHY, HANGS = known_event_types()[:MAX_ENDPOINTS]
SHORT, LONG = 0.5, 600.0  # the deadline of an exchange: until the endpoint is in trouble, and from then on
EVENTS = 9  # an endpoint: more than there are batches in work at once, so that hanging calls would fill them all
PATIENCE_SECONDS = 120.0  # far below the deadline of what hangs


def test_hanging_endpoint_does_not_delay_the_others(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    released = Event()

    def held(talk: Talk) -> None:
        while not released.is_set() and talk.wait(0.1):
            pass

    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", SHORT)
    with ExitStack() as stack:
        receivers = [stack.enter_context(Receiver()) for _ in HEALTHY]
        for receiver, event_type in zip(receivers, HEALTHY, strict=True):
            partner.endpoint(receiver.url, event_types=[event_type])
        hanging = stack.enter_context(Receiver(held))
        # Its retries come an hour later.
        hanging_id = partner.endpoint(hanging.url, event_types=[HANGS], schedule="hourly")["id"]
        stack.enter_context(pumping())
        stack.callback(released.set)
        partner.emit(event_type=HANGS)
        # From its first time-out on the endpoint is known to be in trouble.
        eventually(lambda: health_of_each(partner)[hanging_id].in_trouble, seconds=PATIENCE_SECONDS)
        monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", LONG)
        ids: dict[str, set[str]] = {event_type: set() for event_type in HEALTHY}
        for _ in range(EVENTS):
            partner.emit(event_type=HANGS)
            for event_type in HEALTHY:
                ids[event_type].add(partner.emit(event_type=event_type))
        for receiver, event_type in zip(receivers, HEALTHY, strict=True):
            arrived = receiver.wait_for(EVENTS, timeout=PATIENCE_SECONDS)
            assert {request.headers["webhook-id"] for request in arrived} == ids[event_type]
        # None of the calls that hang has ended meanwhile.
        eventually(lambda: len(hanging.requests) > 1, seconds=PATIENCE_SECONDS)
        hourly = partner.deliveries("?status=scheduled&limit=100")
        assert sum(len(each["attempts"]) for each in hourly) == 1
