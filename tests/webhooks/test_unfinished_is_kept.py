"""No unfinished delivery is left without its body, whatever is done, whatever dies, and whatever DynamoDB removes.

The shortest retention, days that pass one at a time, and expired rows that go at once: before anything else looks.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from chalicelib.webhooks import tasks
from tests.receivers import Answer, Receiver
from tests.webhooks.kept import assert_kept, days_later, keep, remove_expired, rows
from tests.webhooks.test_crashes import killed_at_each_step
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage", "one_shard")

_STEPS = 60
_ANSWERS = 300
_SHARE_FAILING = 0.7


def _acts(partner: Partner, chance: Random, endpoints: list[str]) -> list[Callable[[], object]]:
    """What may be done next, by whomever."""

    def any_endpoint() -> str:
        return f"/webhooks/endpoints/{chance.choice(endpoints)}"

    def on_a_delivery(act: str) -> None:
        listed = partner.deliveries("?limit=100")
        if listed:
            partner.call("POST", f"/webhooks/deliveries/{chance.choice(listed)['id']}/{act}")

    since = {"since": 0}
    return [
        partner.emit,
        partner.emit,
        lambda: on_a_delivery("replay"),
        lambda: on_a_delivery("replay"),
        lambda: on_a_delivery("cancel"),
        lambda: partner.call("POST", f"{any_endpoint()}/recover", {**since, "statuses": ["exhausted", "canceled"]}),
        lambda: partner.call("POST", f"{any_endpoint()}/recover", since),
        lambda: partner.call("POST", f"{any_endpoint()}/replay_missing", since),
        lambda: partner.call("PATCH", any_endpoint(), {"enabled": chance.random() < 0.7}),
        lambda: partner.call("POST", f"{any_endpoint()}/cancel_pending", {}),
        lambda: keep(partner, webhook_bodies=chance.choice([5, 5, 6]), attempts=chance.choice([5, 9])),
        drain,
    ]


@pytest.mark.parametrize("seed", range(4))
def test_days_of_anything_leave_no_unfinished_delivery_without_its_body(partner: Partner, seed: int) -> None:
    chance = Random(seed)  # a test's dice
    keep(partner, webhook_bodies=5, attempts=5)
    answers = [Answer(503 if chance.random() < _SHARE_FAILING else 204) for _ in range(_ANSWERS)]
    with Receiver() as well, Receiver(answers=answers) as ill, days_later(0) as further:
        endpoints = [
            partner.endpoint(well.url)["id"],
            partner.endpoint(ill.url, schedule="hourly")["id"],
            partner.endpoint(ill.url, ordering="per_subject")["id"],
        ]
        for _ in range(_STEPS):
            chance.choice(_acts(partner, chance, endpoints))()
            assert_kept(partner)
            further(timedelta(hours=chance.choice([0, 1, 6, 24])))
            remove_expired(partner)
            assert_kept(partner)
            tasks.sweep()
            if chance.random() < 0.8:
                drain()
            assert_kept(partner)
        for each in endpoints:
            partner.call("PATCH", f"/webhooks/endpoints/{each}", {"enabled": True})
        for _ in range(60):
            further(timedelta(hours=12))
            remove_expired(partner)
            assert_kept(partner)
            tasks.sweep()
            drain()
        assert [row for row in rows(partner, "DELIVERY") if row["status"] == "scheduled"] == []
        further(timedelta(days=40))
        remove_expired(partner)
        assert rows(partner, "EVENT") == rows(partner, "DELIVERY") == rows(partner, "ATTEMPT") == []


def _old_delivery(url: str, days: float) -> tuple[Partner, str]:
    """A delivery of so many days ago, which was given up as canceled."""
    partner = Partner()
    keep(partner, webhook_bodies=5, attempts=5)
    with days_later(-days):
        partner.endpoint(url)
        partner.emit()
        [delivery] = partner.deliveries()
        assert partner.call("POST", f"/webhooks/deliveries/{delivery['id']}/cancel").status == 200
    return partner, delivery["id"]


def _heal(partner: Partner) -> None:
    """Days pass, of which DynamoDB removes what has expired before anybody looks."""
    with days_later(0) as further:
        for _ in range(3):
            further(timedelta(days=1))
            remove_expired(partner)
            assert_kept(partner)
            tasks.sweep()
            drain()


def test_replay_that_dies_at_any_step_leaves_nothing_without_its_body(receiver: Receiver) -> None:
    def run(prepared: tuple[Partner, str]) -> None:
        partner, delivery = prepared
        assert partner.call("POST", f"/webhooks/deliveries/{delivery}/replay").status == 200

    begun = 0
    for partner, _ in killed_at_each_step(lambda: _old_delivery(receiver.url, 4.9), run):
        begun += rows(partner, "DELIVERY")[0]["status"] == "scheduled"
        _heal(partner)
        assert {row["status"] for row in rows(partner, "DELIVERY")} <= {"canceled", "delivered"}
    assert begun
    assert len(receiver.requests) == begun + 1  # the first that lived, of which a later worker took the message


def test_worker_that_dies_at_any_step_leaves_nothing_without_its_body() -> None:
    with Receiver(then=Answer(500)) as receiver:

        def prepare() -> Partner:
            partner = Partner()
            keep(partner, webhook_bodies=5, attempts=5)
            with days_later(-3.5):
                partner.endpoint(receiver.url, schedule="hourly")
                partner.emit()
            return partner

        def run(_: Partner) -> None:
            tasks.sweep()
            drain()

        for partner in killed_at_each_step(prepare, run):
            _heal(partner)
            [row] = rows(partner, "DELIVERY")
            assert row["status"] in ("scheduled", "exhausted")
