"""One episode: mints, updates and changes among faults, blocks, reorganisations and deaths; then peace and reckoning.

In the end every job has ended and was told once, and truly: a token that was told as minted is on the chain, once, with
the holder and the URI that were answered; one whose mint was told as failed is not there; the URI that the last update
was told with is the token's; and the contract has what the last change of each kind was told with.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from chalicelib.chain import contract
from chalicelib.chain.abi import topic
from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.domain.changes import Change
from chalicelib.chain.service import deployments
from chalicelib.core.clock import travelled
from tests.chain.anvil import running_anvil
from tests.chain.proxy import Proxy
from tests.chain.world import World, uri_of, world_on
from tests.faults.chain_campaign.changes import ask_for_change, faults_of_changes, open_changes, work_changes
from tests.faults.chain_campaign.trouble import PATIENCE_SECONDS, Trouble
from tests.faults.wire import Lifeline
from tests.platform import HOLDER, OTHER_HOLDER

_FINAL = 3  # blocks; a reorganisation takes back fewer
_TRANSFER = topic("Transfer(address,address,uint256)")
_NOBODY = "0x" + "00" * 32
_PEACE_ROUNDS = 40
_FURTHEST_POINT = 80
ACTIONS = ("mint", "update", "change", "work", "confirm", "catch up", "mine", "wait", "reorg")
WEIGHTS = (6, 3, 2, 7, 6, 1, 8, 4, 1)


class Unsound(AssertionError):
    """Something that must be true in the end is not."""


class Stage(NamedTuple):
    """A chain, and its second node where it has one."""

    world: World
    other: Proxy | None


@contextmanager
def campaign_stage(*, nodes: int) -> Iterator[Stage]:
    """A chain that mines when told to, behind one node or two; skips where there is no anvil."""
    with ExitStack() as stack:
        url = stack.enter_context(running_anvil("--no-mining"))
        other = stack.enter_context(Proxy(url).served()) if nodes == 2 else None
        others = [] if other is None else [other.url]
        settings = {"confirmations": _FINAL, "node_seconds": PATIENCE_SECONDS}
        world = stack.enter_context(world_on(url, None, other_nodes=others, **settings))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployments, "_PATIENCE_SECONDS", 0)
            world.deploy(Settings(lock=LockPolicy.TOKEN))
        world.mine(_FINAL)
        world.confirm()
        yield Stage(world, other)


class Episode:
    """What one seed does in a world, which may have seen others."""

    def __init__(self, stage: Stage, random: Random, *, first_token: int, steps: int = 24) -> None:
        self._world, self._random, self._steps = stage.world, random, steps
        self._troubles = [Trouble(stage.world.proxy, random, forges=stage.other is not None)]
        if stage.other is not None:
            self._troubles.append(Trouble(stage.other, random, forges=False))
        self._next, self._scan, self._number = first_token, 0, first_token
        self._changes: dict[int, Change] = {}
        self._holders: dict[int, str] = {}
        self._scans: Counter[int] = Counter()
        self._kills = self._reorgs = 0

    def live(self) -> Counter[str]:
        """Lives the episode; gives how often each trouble came. Raises `Unsound`."""
        with travelled(timedelta()) as further:
            for trouble in self._troubles:
                trouble.rate = self._random.choice((0.05, 0.15, 0.3))
            for _ in range(self._steps):
                [action] = self._random.choices(ACTIONS, WEIGHTS)
                self._do(action, further)
            for trouble in self._troubles:
                trouble.end()
            self._make_peace(further)
        self._reckon()
        done = Counter({"kill": self._kills, "fork": self._reorgs})
        for trouble in self._troubles:
            done.update(trouble.done)
        return done

    def _do(self, action: str, further: Any) -> None:
        world = self._world
        if action == "mint":
            self._holders[self._next] = self._random.choice((HOLDER, OTHER_HOLDER))
            world.mint(self._next, to=self._holders[self._next])
            self._next += 1
        elif action == "update" and self._holders:
            self._scan += 1
            token_id = self._random.choice(list(self._holders))
            self._scans[token_id] += 1
            world.update(token_id, self._scan)
            world.book.level += 1
        elif action == "change":
            self._change()
        elif action == "mine":
            world.mine(self._random.randint(1, 2))
        elif action == "reorg" and world.raw.block_number() > _FINAL + 2:
            self._reorgs += 1
            world.raw.call("anvil_reorg", self._random.randint(1, _FINAL - 1), [])
        elif action == "wait":
            further(timedelta(minutes=self._random.choice((1, 3, 11))))
        else:
            self._run(action)

    def _change(self) -> None:
        """Asks for other royalties or metadata, or for the lock of a token that was told as minted."""
        told = [each for each in self._holders if any(one["kind"] == "minted" for one in self._world.told(each))]
        change = self._random.choice(
            (
                Change("royalties", royalty_receiver=OTHER_HOLDER, royalty_basis_points=self._number % 10_000),
                Change("metadata", contract_uri=f"ipfs://{self._number}"),
                *(Change("lock" if self._random.random() < 0.6 else "unlock", token_id=str(each)) for each in told[:2]),
            )
        )
        ask_for_change(self._world, self._number, change)
        self._changes[self._number] = change
        self._number += 1

    def _run(self, action: str) -> None:
        """Lets the worker do something, and sometimes die of it."""
        world = self._world
        fatal = self._random.randint(1, _FURTHEST_POINT) if self._random.random() < 0.3 else None
        life = Lifeline(fatal)
        with life.held():
            if action == "work" and self._holders:
                chosen = self._random.sample(sorted(self._holders), self._random.randint(1, min(4, len(self._holders))))
                world.send_all(*chosen)
                if self._changes:
                    work_changes(world)
            elif action == "confirm":
                world.confirm()
            elif action == "catch up":
                world.catch_up()
        self._kills += life.killed

    def _make_peace(self, further: Any) -> None:
        for _ in range(_PEACE_ROUNDS):
            open_tokens = [token_id for token_id in self._holders if self._world.jobs(token_id)]
            if not open_tokens and not open_changes(self._world) and not self._world.pending():
                return
            self._world.send_all(*open_tokens)
            work_changes(self._world)
            self._world.mine()
            self._world.confirm()
            further(timedelta(minutes=11))
        jobs = [*open_changes(self._world), *(job for each in open_tokens for job in self._world.jobs(each))]
        raise Unsound(f"jobs never end: {[(job.sk, job.state, job.waits_for, job.error) for job in jobs]}")

    def _reckon(self) -> None:
        for token_id, holder in self._holders.items():
            self._reckon_token(token_id, holder)
        for fault in faults_of_changes(self._world, self._changes):
            raise Unsound(fault)

    def _reckon_token(self, token_id: int, holder: str) -> None:
        world, told = self._world, self._world.told(token_id)
        kinds = Counter(each["kind"] for each in told)
        minted = world.raw.logs(world.address, [_TRANSFER, _NOBODY, None, f"0x{token_id:064x}"])
        if kinds["minted"] + kinds["mint failed"] != 1:
            raise Unsound(f"the mint of {token_id} was told {kinds}")
        if kinds["updated"] + kinds["update failed"] != self._scans[token_id]:
            raise Unsound(f"{self._scans[token_id]} updates of {token_id} were told {kinds}")
        if len(minted) != kinds["minted"]:
            raise Unsound(f"the token {token_id} was minted {len(minted)} times, and told {kinds}")
        if not kinds["minted"]:
            return
        if world.assert_minted(token_id, to=holder) != minted[0].transaction_hash:
            raise Unsound(f"the mint of {token_id} was told with another transaction")
        [mint] = [each for each in told if each["kind"] == "minted"]
        if mint["uri"] != uri_of(token_id):
            raise Unsound(f"the token {token_id} was told with {mint['uri']}")
        updates = [each for each in told if each["kind"] == "updated"]
        last = max(updates, key=lambda each: int(each["scan_number"]))["uri"] if updates else mint["uri"]
        if contract.token_uri(world.raw, world.address, token_id) != last:
            raise Unsound(f"the token {token_id} has another URI than was told")
