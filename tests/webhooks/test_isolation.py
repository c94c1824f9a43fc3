"""One endpoint in ten hangs: the others' events arrive as soon as where all ten are well."""

from contextlib import ExitStack
from statistics import quantiles
from time import monotonic, sleep

import pytest

from chalicelib.webhooks.service import deliverer
from chalicelib.webhooks.service.event_types import known_event_types
from tests.receivers import Receiver, hang
from tests.webhooks.world import Partner, eventually, health_of_each, pumping

pytestmark = pytest.mark.usefixtures("storage")

*HEALTHY, TENTH_WELL, TENTH_HANGS = known_event_types()
DEADLINE = 3.0  # of an exchange, shortened, and still far above any healthy latency
EVENTS = 3  # a round and endpoint: few enough that the breaker stays closed, and every one of them hangs
ROUNDS = 3
PAUSE = 0.08  # between events of one delivery each, so that no figure is that of a busy processor
NOISE_SECONDS = DEADLINE / 10  # who waits for a hanging exchange waits ten times as long


def _p95(partner: Partner, receivers: list[Receiver], tenth: str) -> float:
    """From the commit of an event to its receipt by one of the nine, in seconds."""
    before = [len(receiver.requests) for receiver in receivers]
    committed = {}
    for _ in range(EVENTS):
        for event_type in [*HEALTHY, tenth]:
            committed[partner.emit(event_type=event_type)] = monotonic()
            sleep(PAUSE)
    latencies = []
    for receiver, count in zip(receivers, before, strict=True):
        arrived = receiver.wait_for(count + EVENTS, timeout=60)[count:]
        latencies += [request.at - committed[request.headers["webhook-id"]] for request in arrived]
    return quantiles(latencies, n=20)[-1]


def test_hanging_endpoint_does_not_delay_the_others(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", DEADLINE)
    with ExitStack() as stack:
        receivers = [stack.enter_context(Receiver()) for _ in HEALTHY]
        for receiver, event_type in zip(receivers, HEALTHY, strict=True):
            partner.endpoint(receiver.url, event_types=[event_type])
        partner.endpoint(stack.enter_context(Receiver()).url, event_types=[TENTH_WELL])
        hanging = stack.enter_context(Receiver(hang))
        # Its retries come an hour later, and so in no round that is to be without it.
        hanging_id = partner.endpoint(hanging.url, event_types=[TENTH_HANGS], schedule="hourly")["id"]
        stack.enter_context(pumping())
        partner.emit(event_type=TENTH_HANGS)
        # From its first time-out on the endpoint is known to be in trouble.
        eventually(lambda: health_of_each(partner)[hanging_id].in_trouble, seconds=30)
        # Turn by turn, and the best of each: whatever else this machine does meets both alike.
        rounds = [(_p95(partner, receivers, TENTH_WELL), _p95(partner, receivers, TENTH_HANGS)) for _ in range(ROUNDS)]
        eventually(lambda: len(hanging.requests) == 1 + EVENTS * ROUNDS, seconds=30)
    alone, beside = (min(figures) for figures in zip(*rounds, strict=True))
    assert beside <= 1.5 * alone + NOISE_SECONDS, rounds
