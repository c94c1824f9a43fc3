"""The chain's campaign in short, and proof that it finds what is wrong."""

import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from chalicelib.chain.repository import working
from chalicelib.chain.service import outcomes
from tests.faults.chain_campaign.episode import ACTIONS, WEIGHTS, Episode, Stage, Unsound, campaign_stage
from tests.faults.recovery import lose_messages
from tests.platform import Platform

_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_EPISODES = 40 if os.environ.get("SPACEGARDEN_CHAOS") else 3


@pytest.fixture(scope="module", params=[1, 2], ids=["one node", "two nodes"])
def stage(platform: Platform, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A chain for all episodes."""
    del platform
    with campaign_stage(nodes=request.param) as stage:
        yield stage
    lose_messages()


@pytest.mark.parametrize("number", range(_EPISODES))
def test_every_job_ends_and_is_told_truly_whatever_nodes_and_workers_do(stage: Stage, number: int) -> None:
    Episode(stage, Random(f"{_SEED} {number}"), first_token=1 + number * 1000).live()


@pytest.mark.parametrize("stage", [1], ids=["one node"], indirect=True)
def test_failure_that_is_told_of_a_mint_that_was_sent_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    end_mint = outcomes.end_mint

    def forget_half(node: Any, job: Any, owner: Any, *, transaction_hash: str, cost: int | None) -> None:
        if int(job.token_id) % 2:
            end_mint(node, job, owner, transaction_hash=transaction_hash, cost=cost)
        else:
            outcomes.fail([job], owner, "not_minted", "It was not looked for.")  # type: ignore[arg-type]

    monkeypatch.setattr("chalicelib.chain.service.endings.end_mint", forget_half)
    without_updates = [0 if action == "update" else weight for action, weight in zip(ACTIONS, WEIGHTS, strict=True)]
    monkeypatch.setattr("tests.faults.chain_campaign.episode.WEIGHTS", without_updates)  # they would wait for ever
    with pytest.raises(Unsound, match="was minted 1 times"):
        Episode(stage, Random("a mutant"), first_token=10**6, steps=40).live()


@pytest.mark.parametrize("stage", [1], ids=["one node"], indirect=True)
def test_job_that_is_never_worked_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "add_job_end", lambda *_: None)
    monkeypatch.setattr("tests.faults.chain_campaign.episode._PEACE_ROUNDS", 6)
    with pytest.raises(Unsound, match="jobs never end"):
        Episode(stage, Random("another mutant"), first_token=2 * 10**6, steps=10).live()
