"""A partner's gas budget in the operator's hands, in the console, and beside partners that have none."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from tests.pages.console.world import sign_in
from tests.platform import Answer, Partner
from tests.receivers import Receiver

_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """No test runs into midnight."""
    begin = datetime.combine(now().date() + _DAY, time(hour=12, tzinfo=UTC))
    with travelled(begin - now()):
        yield


def _set(partner: Partner, **limits: Any) -> Answer:
    return partner.platform.admin("PATCH", f"/{partner.origin}/gas_budgets/local", limits)


def _budgets(partner: Partner) -> Any:
    return partner.platform.admin("GET", f"/{partner.origin}/gas_budgets").json["data"]


def _audited(partner: Partner) -> list[tuple[str, Any, Any]]:
    found = partner.platform.admin("GET", f"/{partner.origin}/audit?limit=100").json["data"]
    return [
        (each["action"], each["before"], each["after"])
        for each in reversed(found)
        if each["action"].startswith("gas_budget.")
    ]


def test_budget_is_set_changed_shown_and_removed(partner: Partner) -> None:
    assert _budgets(partner) == []
    made = _set(partner, mints=5, coins="0.50")
    assert made.status == 200, made
    assert (made.json["mints"], made.json["updates"], made.json["coins"]) == (5, None, "0.5")
    assert (made.json["spent_mints"], made.json["held_coins"]) == (0, "0")
    assert _set(partner, coins=None, updates=0).json["coins"] is None
    [shown] = _budgets(partner)
    assert (shown["mints"], shown["updates"]) == (5, 0)
    path = f"/{partner.origin}/gas_budgets/local"
    assert partner.platform.admin("DELETE", path).json == shown
    assert (partner.platform.admin("DELETE", path).status, _budgets(partner)) == (404, [])
    first = {"mints": 5, "updates": None, "coins": "0.5"}
    second = {"mints": 5, "updates": 0, "coins": None}
    assert _audited(partner) == [
        ("gas_budget.update", None, first),
        ("gas_budget.update", first, second),
        ("gas_budget.delete", second, None),
    ]


@pytest.mark.parametrize(
    "limits",
    [
        {"mints": -1},
        {"mints": 1.5},
        {"coins": 1},
        {"coins": "1e3"},
        {"coins": "-1"},
        {"coins": "0.1234567890123456789"},
    ],
)
def test_limit_that_is_none_is_refused(partner: Partner, limits: dict[str, Any]) -> None:
    assert _set(partner, **limits).status == 400
    assert _budgets(partner) == []


def test_budget_of_nobody_or_of_no_chain_is_not_found(partner: Partner) -> None:
    for path in ("/nobody/gas_budgets/local", f"/{partner.origin}/gas_budgets/mars"):
        assert partner.platform.admin("PATCH", path, {"mints": 1}).status == 404
    assert partner.platform.admin("GET", "/nobody/gas_budgets").status == 404


def test_mints_wait_visibly_while_others_pass_and_go_on_when_the_budget_is_raised(
    partner: Partner, other_partner: Partner
) -> None:
    assert _set(partner, mints=1).status == 200
    for uid in ("ada", "bob", "cy"):
        partner.announce(uid)
        partner.mint(uid)
    other_partner.announce()
    other_partner.mint()
    partner.platform.drain()
    path = f"/{partner.origin}/collections/summer_party/jobs"
    waiting = partner.platform.admin("GET", path).json["data"]
    assert [job["waits_for"] for job in waiting] == ["waiting_for_budget"] * 2
    assert "goes on with the next day" in waiting[0]["why"]
    assert other_partner.nft("1")["status"] == "minted"
    [budget] = _budgets(partner)
    assert (budget["spent_mints"], budget["held_mints"], budget["held_coins"]) == (1, 0, "0")
    operator = sign_in(partner)
    operator.get("/console/collections/summer_party/queue")
    assert "Your gas budget of" in operator.words
    assert "1 of 1" in operator.words
    assert "gas budget of the day is spent" in operator.words
    _set(partner, mints=2)
    for step, minted in ((timedelta(minutes=6), 2), (_DAY, 3)):
        with travelled(step):
            partner.platform.pump.tick("sweep_chain")
            partner.platform.drain()
            assert sum(partner.nft(token)["status"] == "minted" for token in ("1", "2", "3")) == minted


def test_endpoint_that_names_the_event_is_told_once_that_the_budget_is_nearly_spent(partner: Partner) -> None:
    _set(partner, mints=2)
    with Receiver() as receiver:
        partner.add_endpoint(receiver.url, event_types=["gas_budget.nearly_spent"])
        for uid in ("ada", "bob"):
            partner.announce(uid)
            partner.mint(uid)
        partner.platform.drain()
        [told] = [json.loads(each.body) for each in receiver.wait_for(1, 5)]
    assert (told["actionType"], told["chain"], told["mints"], told["mintLimit"]) == (
        "gas_budget.nearly_spent",
        "local",
        2,
        2,
    )
