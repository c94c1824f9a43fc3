"""Death of the process at every step of what writes; then the client asks again under the same key.

A normal run takes a seeded choice of the steps; with SPACEGARDEN_CHAOS set, all of them.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from tests.faults.crowd import SharedPlatform
from tests.faults.recovery import let_time_pass
from tests.faults.wire import Lifeline
from tests.platform import Answer, Platform
from tests.receivers import Receiver
from tests.spaces.world import Account, new_account

_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_CHOSEN = 3
_KEY = {"Idempotency-Key": "once"}


@dataclass(frozen=True)
class Story:
    """What there is before, the call that dies, and the events that there are in the end."""

    prepare: Callable[[Account], Any]
    call: Callable[[Account, Any], Answer]
    events: list[str]
    statuses: frozenset[int] = frozenset({200})


def _subscribed(account: Account) -> Any:
    customer = account.customer()
    account.subscription(customer)
    account.subscription(customer)
    return customer


STORIES = {
    "an invoice": Story(
        lambda account: account.customer(),
        lambda account, customer: account.call("POST", "/invoices", account.order(customer), headers=_KEY),
        ["customer.created", "invoice.created"],
    ),
    "a payment": Story(
        lambda account: account.invoice(account.customer()),
        lambda account, invoice: account.call("POST", f"/invoices/{invoice['id']}/pay", {}, headers=_KEY),
        ["customer.created", "invoice.created", "invoice.paid"],
    ),
    "a customer's deletion": Story(
        _subscribed,
        lambda account, customer: account.call("DELETE", f"/customers/{customer['id']}"),
        [
            "customer.created",
            *["subscription.created"] * 2,
            *["subscription.canceled"] * 2,
            "customer.deleted",
        ],
        statuses=frozenset({200, 404}),  # it had died after the commit
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_change_and_events_are_whole_whatever_step_the_process_dies_at(platform: Platform, name: str) -> None:
    story, shared = STORIES[name], SharedPlatform(platform)
    with Receiver() as receiver:
        points = len(_live(story, shared, receiver, fatal=None).points)
        assert points >= 6
        steps = range(1, points + 1)
        for fatal in steps if _ALL else Random(f"{_SEED} {name}").sample(steps, _CHOSEN):
            _live(story, shared, receiver, fatal=fatal)


def _live(story: Story, platform: SharedPlatform, receiver: Receiver, *, fatal: int | None) -> Lifeline:
    account = new_account(platform)
    url = f"{receiver.url}/{account.origin}"
    account.partner.add_endpoint(url)
    prepared = story.prepare(account)
    lifeline = Lifeline(fatal)
    with lifeline.held():
        story.call(account, prepared)
    if fatal is not None:
        assert story.call(account, prepared).status in story.statuses, lifeline.points[-1]
    let_time_pass(platform, rounds=2)
    assert account.event_types() == story.events, lifeline.points[-1]
    heard = {each.headers["webhook-id"] for each in list(receiver.requests) if each.target.endswith(account.origin)}
    assert heard == set(account.ids("/events")), lifeline.points[-1]
    assert all(not each["pending"] for each in account.get("/webhooks")["data"])
    return lifeline
