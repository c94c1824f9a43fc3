"""A hundred workers in virtual time: endpoints that hang, or answer after 14 s, beside healthy ones."""

import pytest

from chalicelib.webhooks.queues import FAST
from tests.webhooks.simulated.stage import Stage, staged

HEALTHY_SECONDS = 0.1
HANGS, SLOW_SUCCESS = None, 14.0
_USUAL = 0.12  # a healthy delivery by itself: the queue, five requests, the receiver
_SETTLED = 2.0


def _run(
    stage: Stage,
    *,
    rate: float,
    endpoints: int,
    seconds: float | None,
    healthy_rate: float,
    until: float,
    partners: int,
) -> None:
    healthy = [stage.endpoint(f"healthy{number}", HEALTHY_SECONDS) for number in range(10)]
    others = [stage.endpoint(f"other{number % partners}", seconds) for number in range(endpoints)]
    stage.traffic(healthy_rate, healthy, until=until)
    stage.traffic(rate, others, until=until)
    stage.time.run(until + 1)


def _p95(waits: list[float]) -> float:
    return waits[round(0.95 * len(waits)) - 1]


@pytest.mark.parametrize("seconds", [HANGS, SLOW_SUCCESS])
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize(
    ("rate", "endpoints", "until"),
    [(1, 1, 40), (20, 1, 20), (500, 1, 5), (10, 50, 60), (100, 50, 40)],
)
def test_healthy_endpoints_do_not_wait_for_others(
    rate: float, endpoints: int, until: float, warm: bool, seconds: float | None
) -> None:
    with staged(warm=warm) as stage:
        _run(
            stage,
            rate=rate,
            endpoints=endpoints,
            seconds=seconds,
            healthy_rate=20,
            until=until,
            partners=endpoints,
        )
        assert _p95(stage.waits("healthy", until=_SETTLED, now=stage.time.seconds)) <= 2.0
        assert _p95(stage.waits("healthy", since=_SETTLED, now=stage.time.seconds)) <= 1.5 * _USUAL


@pytest.mark.parametrize("warm", [True, False])
def test_many_endpoints_that_hang_at_a_high_rate_are_felt_for_seconds_at_most(warm: bool) -> None:
    """With Lambda's ramp there are five workers at first: what waits by then is out a second and a half later."""
    with staged(warm=warm) as stage:
        _run(stage, rate=500, endpoints=50, seconds=HANGS, healthy_rate=20, until=6, partners=50)
        settled = _SETTLED if warm else _SETTLED + 1.5
        assert _p95(stage.waits("healthy", until=_SETTLED, now=stage.time.seconds)) <= 2.0
        assert _p95(stage.waits("healthy", since=settled, now=stage.time.seconds)) <= 1.5 * _USUAL


def test_one_partner_cannot_hold_the_lane_with_many_endpoints() -> None:
    with staged(warm=True) as stage:
        _run(stage, rate=200, endpoints=20, seconds=HANGS, healthy_rate=100, until=5, partners=1)
        assert stage.lanes[FAST].most_busy <= 60
        assert _p95(stage.waits("healthy", now=stage.time.seconds)) <= 1.5 * _USUAL


def test_busy_healthy_endpoint_has_the_room_that_it_fills() -> None:
    with staged(warm=True) as stage:
        busy = stage.endpoint("healthy", HEALTHY_SECONDS)
        stage.traffic(300, [busy], until=6)
        stage.time.run(8)
        assert _p95(stage.waits("healthy", since=1.0, now=stage.time.seconds)) <= 1.5 * _USUAL


def test_burst_to_a_healthy_endpoint_is_out_within_seconds() -> None:
    with staged(warm=True) as stage:
        busy = stage.endpoint("healthy", HEALTHY_SECONDS)
        for _ in range(1000):
            stage.record(busy)
        stage.time.run(8)
        assert stage.waits("healthy", now=stage.time.seconds)[-1] <= 6.0


def test_receiver_that_answers_within_the_limit_gets_one_request() -> None:
    with staged(warm=True) as stage:
        slow = stage.endpoint("slow", SLOW_SUCCESS)
        for _ in range(4):
            stage.record(slow)
        stage.time.run(60)
        assert [len(calls) for calls in stage.calls.values()] == [1] * 4
        assert {row.status for row in stage.deliveries.values()} == {"delivered"}


def test_slow_endpoint_goes_to_the_slow_lane_from_the_start_once_it_is_known() -> None:
    with staged(warm=True) as stage:
        slow = stage.endpoint("slow", SLOW_SUCCESS)
        stage.record(slow)
        stage.time.run(3)
        busy = stage.lanes[FAST].busy
        stage.record(slow)
        stage.time.run(4)
        assert stage.lanes[FAST].busy == busy == 1
        stage.time.run(90)  # a minute after its last slow call it is tried in the fast lane again
        assert not stage.endpoints[slow.id].is_slow(at=10**18)


@pytest.mark.parametrize(("workers", "least"), [(1, 44), (10, 400)])
def test_workers_are_as_fast_as_their_receiver_lets_them_be(workers: int, least: int) -> None:
    with staged(warm=True) as stage:
        endpoint = stage.endpoint("healthy", 0.2)
        lane = stage.lanes[FAST]
        del lane.idle[workers:]
        for _ in range(60 * workers):
            stage.record(endpoint)
        stage.time.run(60)
        ended = [calls[0] for calls in stage.calls.values()]
        assert len(ended) == 60 * workers
        assert 60 * workers / max(ended) >= least


def test_worker_that_dies_gives_its_room_back() -> None:
    with staged(warm=True) as stage:
        endpoint = stage.endpoint("healthy", HEALTHY_SECONDS)
        for _ in range(300):
            stage.record(endpoint)
        stage.time.run(0.02)
        dead = dict(stage.works[FAST.name])
        assert len(dead) > 10
        stage.time.run(1)

        def waited() -> float:
            stage.works[FAST.name] |= dead  # as if these had never said anything more
            begun = stage.time.seconds
            stage.record(endpoint)
            stage.time.run(begun + 1)
            return stage.waits("healthy", since=begun, now=stage.time.seconds)[0]

        assert waited() > 1.1 * _USUAL  # by the slow lane
        stage.time.run(4)
        assert waited() <= 1.01 * _USUAL
