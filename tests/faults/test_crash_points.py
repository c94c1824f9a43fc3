"""Death of the process at every step of every operation that writes, enqueues, calls out or broadcasts.

A step is each request to AWS, each call to the chain's node and each webhook, before it leaves and after it was
answered. Then the client repeats its call under the same key, time passes, sweeps and workers do their work, and the
partner's data must be sound. A normal run takes a seeded choice of the steps; with SPACEGARDEN_CHAOS set, all of them,
each with the queue's messages handed out again and with all of them lost.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import heard, let_time_pass, listen, lose_messages
from tests.faults.wire import Lifeline
from tests.gardenlab.roles import mint_elsewhere
from tests.platform import Answer, Partner
from tests.receivers import Receiver

_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_CHOSEN = 3

pytestmark = pytest.mark.usefixtures("impatient_queues")


@dataclass(frozen=True)
class Story:
    """An operation's whole life: what the client asks, in turn, and how many rows of each kind there are in the end.

    One that never reaches the chain does without a contract there.
    """

    prepare: Callable[[Partner, Receiver], None]
    calls: tuple[Callable[[Partner], Answer], ...]
    scans: int
    transactions: int
    tokens: int = 1
    on_chain: bool = True
    lock: str = "none"

    def partner(self, platform: SharedPlatform) -> Partner:
        """A fresh partner for it."""
        return platform.new_partner(lock=self.lock) if self.on_chain else platform.partner_on_paper()


def _ready(partner: Partner, receiver: Receiver) -> None:
    listen(partner, receiver)
    partner.save_interaction()


def _announced(partner: Partner, receiver: Receiver) -> None:
    _ready(partner, receiver)
    partner.announce()
    partner.act()


def _minted(partner: Partner, receiver: Receiver) -> None:
    _announced(partner, receiver)
    partner.mint()
    partner.platform.drain()


def _taken(partner: Partner, receiver: Receiver) -> None:
    """Somebody else minted the NFT's token, so that its mint failed while an action waited for it."""
    _announced(partner, receiver)
    settings = f"/{partner.origin}/collections/summer_party"
    assert partner.platform.admin("PATCH", settings, {"may_change_token_id": True}).status == 200
    mint_elsewhere(partner.nft("1")["contract"], 1)
    partner.mint()
    partner.act()
    partner.platform.drain()
    assert partner.nft("1")["status"] == "mint_failed"


def _deployed(partner: Partner, receiver: Receiver) -> None:
    partner.add_endpoint(f"{receiver.url}/{partner.origin}", event_types=["collection.updated"])


def _move_metadata(partner: Partner) -> Answer:
    path = f"/admin/partners/{partner.origin}/collections/summer_party/changes"
    body = {"kind": "metadata", "description": "Moved"}
    return partner.platform.call("POST", path, key=settings().admin_key, body=body, headers=_keyed("move"))


def _locked(partner: Partner) -> Answer:
    path = f"/admin/partners/{partner.origin}/collections/summer_party/changes"
    body = {"kind": "lock", "token_id": "1"}
    return partner.platform.call("POST", path, key=settings().admin_key, body=body, headers=_keyed("lock"))


def _limited(partner: Partner, receiver: Receiver) -> None:
    _ready(partner, receiver)
    partner.announce()
    partner.add_category("summer_party", "LIMITED", max_supply=1)


def _keyed(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


STORIES = {
    "an action on a minted NFT": Story(
        _minted, (lambda partner: partner.act(headers=_keyed("act")),), scans=2, transactions=2
    ),
    "an announcement": Story(
        _limited,
        (lambda partner: partner.announce(user_category_id="LIMITED", headers=_keyed("announce")),),
        scans=0,
        transactions=0,
        tokens=2,
        on_chain=False,
    ),
    "an array of announcements": Story(
        _limited,
        (
            lambda partner: partner.post(
                "newUserForPartner",
                [partner.user("bob"), partner.user("ada", user_category_id="LIMITED"), partner.user("eve")],
                headers=_keyed("array"),
            ),
        ),
        scans=0,
        transactions=0,
        tokens=4,
        on_chain=False,
    ),
    "a change of a contract": Story(_deployed, (_move_metadata,), scans=0, transactions=0, tokens=0),
    "a lock of a token": Story(_minted, (_locked,), scans=1, transactions=1, lock="token"),
    "a mint under another token id": Story(
        _taken, (lambda partner: partner.mint(headers=_keyed("again")),), scans=2, transactions=2
    ),
    "a mint, with an action on its heels": Story(
        _announced,
        (lambda partner: partner.mint(headers=_keyed("mint")), lambda partner: partner.act(headers=_keyed("act"))),
        scans=2,
        transactions=2,
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_data_ends_sound_whatever_step_the_process_dies_at(
    shared_platform: SharedPlatform, receiver: Receiver, name: str
) -> None:
    story = STORIES[name]
    steps = _steps(story, shared_platform, receiver)
    broken = []
    for fatal, is_lost in _chosen(name, len(steps)):
        try:
            _die_and_recover(story, shared_platform, receiver, fatal=fatal, lost=is_lost)
        except AssertionError as error:
            messages = "messages lost" if is_lost else "messages handed out again"
            broken.append(f"died {steps[fatal - 1]} (step {fatal} of {len(steps)}), {messages}:\n{error}")
    assert not broken, f"seed {_SEED}\n" + "\n\n".join(broken)


def _chosen(name: str, steps: int) -> Iterator[tuple[int, bool]]:
    if _ALL:
        return iter([(step, is_lost) for step in range(1, steps + 1) for is_lost in (False, True)])
    random = Random(f"{_SEED} {name}")
    return iter([(step, random.random() < 0.5) for step in random.sample(range(1, steps + 1), _CHOSEN)])


def _steps(story: Story, platform: SharedPlatform, receiver: Receiver) -> list[str]:
    """Lives the story through undisturbed, and gives the steps at which it could have died."""
    partner = story.partner(platform)
    story.prepare(partner, receiver)
    lifeline = Lifeline()
    with lifeline.held():
        answers = _live(story, partner)
    assert {answer.status for answer in answers} == {200}
    _assert_ended_well(story, partner, receiver)
    return lifeline.points


def _die_and_recover(story: Story, platform: SharedPlatform, receiver: Receiver, *, fatal: int, lost: bool) -> None:
    partner = story.partner(platform)
    story.prepare(partner, receiver)
    acknowledged: list[Answer] = []
    with Lifeline(fatal).held():
        _live(story, partner, acknowledged)
    if lost:
        lose_messages()
    again = [call(partner) for call in story.calls]
    assert {answer.status for answer in again} == {200}, again
    assert [answer.json for answer in again[: len(acknowledged)]] == [answer.json for answer in acknowledged]
    let_time_pass(platform)
    _assert_ended_well(story, partner, receiver)


def _live(story: Story, partner: Partner, answers: list[Answer] | None = None) -> list[Answer]:
    answers = [] if answers is None else answers
    for call in story.calls:
        answers.append(call(partner))
    partner.platform.drain()
    return answers


def _assert_ended_well(story: Story, partner: Partner, receiver: Receiver) -> None:
    assert_sound(partner, heard(partner, receiver))
    rows = rows_of(partner.origin, "gardenlab")
    assert sum(row["sk"].startswith("SCAN#") for row in rows) == story.scans
    assert sum(row["sk"].startswith("TX#") for row in rows) == story.transactions
    assert sum(row["sk"] == "NFT" and "uid" in row for row in rows) == story.tokens
