"""Thirty days of made-up activity of the demo partner, so that charts and lists of a fresh run show something.

Users are announced, interactions applied and NFTs minted by the platform's own use cases, with the clock set back. The
embedded chain's blocks carry that clock's time, so the mints lie on the same days there. Past webhooks are counts only,
since nobody received any. A run on another chain has no history: its blocks carry that chain's time, and mints would
cost its coins.
"""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta

from chalicelib.chain.repository.jobs import job_pk
from chalicelib.chain.service.jobs import work_tokens
from chalicelib.core.clock import now
from chalicelib.demo import ORIGIN
from chalicelib.gardenlab.admin_schemas import CategoryCreate, CollectionCreate
from chalicelib.gardenlab.repository.collections import Exists
from chalicelib.gardenlab.schemas import Guest, InteractionBody, MintToken, NewAction, NewUser, SaveActionInteraction
from chalicelib.gardenlab.service import actions, administration, announcements, interactions, mints
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from chalicelib.idempotency.service import Guard
from chalicelib.webhooks.service import statistics
from chalicelib.webhooks.service.statistics import Attempted

COLLECTION, CATEGORY = "spring_tour", "FAN"
DAYS = 30
SPAN = timedelta(days=DAYS - 1)
_SEED = 7
_RULES = (("gate", "Check-in at the gate", 5), ("quiz", "Quiz of the day", 20), ("merch", "Merchandise", 60))
_MINTS = {12: 1, 19: 1, 26: 2}  # by the day, in one transaction
_WALLET = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
_FORMER_ENDPOINT = "ep_former"


def make_history(further: Callable[[timedelta], None]) -> None:
    """Creates the history in a collection of its own, unless that exists.

    The clock has been set back by `SPAN`, and `further` moves it on.
    """
    try:
        administration.create_collection(
            ORIGIN, CollectionCreate(contract_id=COLLECTION, name="Spring Tour", symbol="TOUR")
        )
    except Exists:
        return
    category = CategoryCreate(user_category_id=CATEGORY, name="Tour Fan", description="A fan of the spring tour.")
    administration.create_category(ORIGIN, COLLECTION, category)
    for action_id, name, xp in _RULES:
        rule = InteractionBody(type="IRL Event", name=name, description=name, xpIncrement=xp, action_id=action_id)
        body = SaveActionInteraction(origin=ORIGIN, contract_id=COLLECTION, interaction=rule)
        interactions.save(ORIGIN, body, Guard(None))
    chance = random.Random(_SEED)
    uids: list[str] = []
    minted = 0
    for day in range(DAYS):
        _live(chance, uids, day)
        _mint(uids[minted : minted + _MINTS.get(day, 0)])
        minted += _MINTS.get(day, 0)
        if day < DAYS - 1:
            further(timedelta(days=1))


def _live(chance: random.Random, uids: list[str], day: int) -> None:
    """Simulates a day: new users, interactions, and attempts of webhooks; more of each on later days."""
    for _ in range(chance.randint(0 if uids else 1, 1 + day // 12)):
        uids.append(f"fan{len(uids) + 1}")
        fan = NewUser(
            origin=ORIGIN, contract_id=COLLECTION, uid=uids[-1], email=_email(uids[-1]), user_category_id=CATEGORY
        )
        announcements.announce(ORIGIN, fan, Guard(None))
    count = chance.randint(0, 2 + day // 8)
    for uid in chance.choices(uids, k=count):
        action = NewAction(
            origin=ORIGIN, contract_id=COLLECTION, action_id=chance.choice(_RULES)[0], guest=Guest(uid=uid)
        )
        actions.new_action(ORIGIN, action, Guard(None))
    statistics.count(
        Attempted(ORIGIN, _FORMER_ENDPOINT, at=now(), succeeded=chance.random() > 0.15, latency_ms=40 + 20 * number)
        for number in range(2 * count)
    )


def _mint(uids: Sequence[str]) -> None:
    """Mints the NFTs in one transaction, and works the jobs as the queue's worker does, which is not running yet."""
    jobs_of_mints = []
    for uid in uids:
        body = MintToken(origin=ORIGIN, contract_id=COLLECTION, uid=uid, email=_email(uid), user_addr=_WALLET)
        answer = mints.mint(ORIGIN, body, Guard(None))
        jobs_of_mints.append(job_pk(ORIGIN, COLLECTION, answer["tokenId"]))
    work_tokens(jobs_of_mints, GardenlabTokens())


def _email(uid: str) -> str:
    return f"{uid}@example.com"
