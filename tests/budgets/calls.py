"""The calls whose cost is promised, each in its most expensive success, ready to be made by a warm function."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core import cache
from tests.dreamspace.world import Dream, document, event
from tests.platform import HOLDER, Answer, Partner

COLLECTION = "summer_party"
_numbers = count()

Call = Callable[[], Answer]


@dataclass(frozen=True)
class Budget:
    """The most that a call may ask for: requests to DynamoDB one after another, in all, items in its transaction."""

    levels: int
    requests: int
    items: int = 0
    messages: int = 0


@contextmanager
def kept_warm() -> Iterator[None]:
    """What the function remembers does not grow old while the block runs, however slow the machine."""
    present = monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "time", SimpleNamespace(monotonic=lambda: present))
        yield


def fresh_key() -> dict[str, str]:
    """An Idempotency-Key that was never used."""
    return {"Idempotency-Key": f"key-{next(_numbers):06}"}


class Warm:
    """A partner in the middle of its day: what configuration and ids a call needs are at hand.

    `ada` holds a minted NFT, `bob` one that is reserved; the category LIMITED has places left.
    """

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        partner.add_category(COLLECTION, "LIMITED", max_supply=1000)
        partner.save_interaction()
        for number in range(6):  # ids are leased in blocks of 1, 2, 4, 8: with ada and bob the fourth has begun
            partner.announce(f"w{number}", user_category_id="LIMITED")
        self.minted = str(partner.announce("ada").json["tokenId"])
        partner.mint("ada")
        partner.platform.drain()
        partner.announce("bob")
        partner.act("ada", headers=fresh_key())  # with the first answer that is sealed comes the key of all
        partner.platform.drain()
        missions = f"/{partner.origin}/missions"
        activity: dict[str, Any] = {"activity": f"gardenlab:{COLLECTION}:checkin"}
        reward = {"reward_contract_id": "elsewhere", "reward_action_id": "checkin", "allow_unknown": True}
        for number, rules in enumerate((activity, {**activity, "kind": "accumulative"}, {**activity, **reward})):
            assert partner.platform.admin("POST", missions, {"mission": number, **rules}).status == 200
            self._ask(number)
        partner.platform.drain()

    def _ask(self, mission: int) -> Answer:
        """Verifies a mission of ada, by three identities."""
        path = f"/missions/{self.partner.origin}/ada@example.com/{mission}"
        return self.partner.platform.call("GET", path, query={"uid": "ada", "wallet": HOLDER})

    def calls(self) -> dict[str, tuple[Budget, Call]]:
        """Every call by its name, with its budget. Each may be made once."""
        partner = self.partner
        named = {"contract_id": COLLECTION, "origin": partner.origin}
        return {
            "getNftByTokenId": (Budget(1, 1), lambda: partner.get("getNftByTokenId", tokenId=self.minted, **named)),
            "newActionForUser, minted NFT, by uid, with a key": (
                Budget(2, 2, 7, 1),
                lambda: partner.act("ada", headers=fresh_key()),
            ),
            "newActionForUser, minted NFT, by e-mail, with a key": (
                Budget(2, 2, 7, 1),
                lambda: partner.act(guest={"email": "ada@example.com"}, headers=fresh_key()),
            ),
            "newActionForUser, reserved NFT": (Budget(2, 2, 6), lambda: partner.act("bob")),
            "newUserForPartner, new user, limited category, with a key": (
                Budget(2, 2, 5),
                lambda: partner.announce("eve", user_category_id="LIMITED", headers=fresh_key()),
            ),
            "newUserForPartner, known user, limited category, with a key": (
                Budget(2, 2, 5),
                lambda: partner.announce("bob", user_category_id="LIMITED", headers=fresh_key()),
            ),
            "newUserForPartner, the same again": (Budget(2, 2), lambda: partner.announce("ada")),
            "mintTokenForUser, with a key": (
                Budget(2, 2, 5, 1),
                lambda: partner.mint("w0", headers=fresh_key()),
            ),
            "mission verification, 3 identities": (Budget(2, 5), lambda: self._ask(0)),
            "mission verification, 3 identities, accumulative": (Budget(2, 5), lambda: self._ask(1)),
            "mission verification, 3 identities, rewarded already": (Budget(2, 5), lambda: self._ask(2)),
            "getAllInteractions, a page": (Budget(2, 2), lambda: partner.get("getAllInteractions", limit=50, **named)),
            "getAllInteractionScansForToken, a page": (
                Budget(2, 2),
                lambda: partner.get("getAllInteractionScansForToken", tokenId=self.minted, limit=50, **named),
            ),
            "getBlockchainTxForToken, a page": (
                Budget(2, 2),
                lambda: partner.get("getBlockchainTxForToken", token_id=self.minted, limit=50, **named),
            ),
        }


class WarmTold:
    """A partner with an endpoint that names the events of users, so that each change is told of."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        partner.save_interaction(xpIncrement=100)
        names = ["user.announced", "action.applied", "level.reached", "nft.claimed", "dreamspace.event.created"]
        partner.add_endpoint("http://127.0.0.1:9/", event_types=names)
        for uid in ("w0", "w1", "w2", "ada", "bob"):
            partner.announce(uid)
        partner.act("ada")
        partner.mint("w0")
        self._dream = dream = Dream(partner.platform, partner)
        for _ in range(4):  # ids are leased in blocks of 1, 2, 4: the third has begun
            dream.event(user={"twitch_id": "1", "name": "a"}, document=document())

    def calls(self) -> dict[str, tuple[Budget, Call]]:
        """As `Warm.calls`."""
        partner = self.partner
        return {
            "newActionForUser, told as an action and a level": (
                Budget(3, 3, 9, 1),
                lambda: partner.act("bob"),
            ),
            "newUserForPartner, told": (Budget(3, 3, 6, 1), lambda: partner.announce("eve")),
            "mintTokenForUser, told": (Budget(3, 3, 6, 2), lambda: partner.mint("w1")),
            "POST /events, user and document by id, told": (
                Budget(3, 3, 8, 1),
                lambda: self._dream.call("POST", "/events", event(user_id=1, document_id=1)),
            ),
        }
