"""How soon a chain job moves on by messages alone: the sweep is switched off here.

Without messages no job would move on, so each round proves them on any machine. Five seconds are promised from finality
to the webhook, and two from an action to the node. The best of three rounds must keep this. A stage that is more
patient than AWS, because its machine is busy, gets that many times the seconds.
"""

import json
from collections.abc import Iterator
from time import monotonic, sleep, time
from typing import Any, NamedTuple

import pytest

from infra.template.release import ALIAS
from stage.chain import Node
from stage.checks.conftest import DeployedStage, Partner
from stage.checks.receivers import Receiver
from stage.checks.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.long
_HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_CONFIRMATIONS = 5  # of the stage's chain, in .chalice/config.json
_TO_WEBHOOK_SECONDS, _TO_NODE_SECONDS, _BLOCK_SECONDS = 5.0, 2.0, 1.0


class Arrival(NamedTuple):
    """A webhook: its time, its transaction's sender, and when blocks say that was mined and final. Unix seconds."""

    at: float
    sender: str
    mined: int
    final: int


class Tempo:
    """A partner that measures the seconds."""

    def __init__(self, stage: DeployedStage, partner: Partner, receiver: Receiver) -> None:
        self._stage, self._partner, self._receiver = stage, partner, receiver
        self.node = Node()
        types = ["newBcNftMint", "newBcInteraction"]
        made = stage.call(
            "POST", "/webhooks/endpoints", {"url": receiver.url, "event_types": types}, headers=partner.header
        )
        assert made.status_code == 200, made.text

    def ask(self, route: str, **body: object) -> None:
        """A call to Gardenlab."""
        asked = {"origin": self._partner.origin, "contract_id": "launch_day", **body}
        answer = self._stage.call("POST", f"/api/v1/{route}", asked, headers=self._partner.header)
        assert answer.status_code == 200, answer.text

    def act(self, uid: str) -> None:
        """An action on the user's NFT."""
        self.ask("newActionForUser", action_id="measured", guest={"uid": uid})

    def next_webhook(self) -> Arrival:
        """Waits for the next webhook, and reads the times of its transaction from the node."""
        [received] = self._receiver.wait(1, seconds=PATIENCE_SECONDS)
        at = time()
        receipt = self.node.call("eth_getTransactionReceipt", json.loads(received.body)["txHash"])
        block = int(receipt["blockNumber"], 16)
        return Arrival(at, receipt["from"], self._clock(block), self._clock(block + _CONFIRMATIONS - 1))

    def sent(self, address: str) -> int:
        """How many transactions of an account the node has, those that wait included."""
        return int(self.node.call("eth_getTransactionCount", address, "pending"), 16)

    def _clock(self, block: int) -> int:
        found: dict[str, Any] = self.node.call("eth_getBlockByNumber", hex(block), False)
        return int(found["timestamp"], 16)


@pytest.fixture
def tempo(stage: DeployedStage, partner: Partner, receiver: Receiver) -> Iterator[Tempo]:
    """The partner, on a stage whose sweep of chain jobs does not run."""
    events = stage.session.create_client("events")
    # Of this stage's stack: the account has others. A rule calls an alias of the function.
    called = f":function:{stage.about.stack}-sweep-chain:{ALIAS}"
    [rule] = [each["Name"] for each in events.list_rules()["Rules"] if _calls(events, each["Name"], called)]
    events.disable_rule(Name=rule)
    yield Tempo(stage, partner, receiver)
    events.enable_rule(Name=rule)


def _calls(events: Any, rule: str, function: str) -> bool:
    return any(each["Arn"].endswith(function) for each in events.list_targets_by_rule(Rule=rule)["Targets"])


class Round(NamedTuple):
    """Seconds from finality to the webhook, for a mint, an action that waits for it (`update`) and an action `alone`.

    `node` is from the call of the action alone to the node, `behind` from the mint's finality to the block of the
    action that waits.
    """

    mint: float
    behind: float
    update: float
    alone: float
    node: float


def _round(tempo: Tempo, uid: str) -> Round:
    tempo.ask("newUserForPartner", user_category_id="CREW", email=f"{uid}@example.com", uid=uid)
    tempo.ask("mintTokenForUser", email=f"{uid}@example.com", uid=uid, user_addr=_HOLDER)
    tempo.act(uid)
    mint, behind = tempo.next_webhook(), tempo.next_webhook()
    before, asked = tempo.sent(mint.sender), monotonic()
    tempo.act(uid)
    while tempo.sent(mint.sender) == before:
        assert monotonic() - asked < PATIENCE_SECONDS
        sleep(0.05)
    node = monotonic() - asked
    alone = tempo.next_webhook()
    return Round(
        mint.at - mint.final, behind.mined - mint.final, behind.at - behind.final, alone.at - alone.final, node
    )


def test_webhooks_follow_finality_and_actions_reach_the_node_without_a_sweep(
    tempo: Tempo, stage: DeployedStage
) -> None:
    interaction = {"type": "Shop", "name": "Purchase", "xpIncrement": 1, "action_id": "measured"}
    tempo.ask("saveActionInteraction", interaction=interaction)
    rounds = [_round(tempo, f"pace{number}") for number in range(3)]
    best = Round(*(min(seconds) for seconds in zip(*rounds, strict=True)))
    patience = stage.about.patience
    assert max(best.mint, best.update, best.alone) <= patience * _TO_WEBHOOK_SECONDS, rounds
    assert best.node <= patience * _TO_NODE_SECONDS, rounds
    assert best.behind <= patience * _TO_NODE_SECONDS + _BLOCK_SECONDS, rounds
