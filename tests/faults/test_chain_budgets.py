"""What a partner may spend a day is never passed, whoever works, dies or bids more, and nothing of it is lost."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import count
from random import Random
from threading import Semaphore
from typing import Any

import pytest

from chalicelib.chain.domain.budgets import Account, Amounts
from chalicelib.chain.repository import budgets as budget_rows
from chalicelib.chain.schemas import BudgetUpdate
from chalicelib.chain.service import budget_limits, jobs
from chalicelib.chain.signing import read_transaction
from chalicelib.core.clock import now, travelled
from tests.chain.world import World, anvil_world, embedded_world
from tests.faults.crowd import at_once
from tests.faults.recovery import lose_messages
from tests.faults.wire import Lifeline
from tests.platform import Platform

_ALL = bool(os.environ.get("SPACEGARDEN_CHAOS"))
_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_DAY = timedelta(days=1)
_numbers = count(1)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    """Every test begins at one in the morning of a day of its own, so that none runs into midnight."""
    begin = datetime.combine(now().date() + next(_numbers) * _DAY, time(hour=1, tzinfo=UTC))
    with travelled(begin - now()):
        yield


@pytest.fixture(scope="module")
def embedded(platform: Platform) -> Iterator[World]:
    """A chain that mines at once, for tests that use tokens of their own."""
    with embedded_world() as world:
        _register(platform, world)
        yield world
    lose_messages()


@pytest.fixture
def world(embedded: World) -> Iterator[World]:
    """The same, on which the partner has no budget yet, and nothing waits."""
    yield embedded
    if budget_rows.find_budget(embedded.origin, embedded.name) is not None:
        budget_limits.remove_budget(embedded.origin, embedded.name)
    embedded.rest(rounds=1)


@pytest.fixture
def anvil(platform: Platform) -> Iterator[World]:
    """A chain that mines when it is told to."""
    with anvil_world(stuck_blocks=3) as world:
        _register(platform, world)
        yield world
    lose_messages()


def _register(platform: Platform, world: World) -> None:
    assert platform.admin("POST", "", {"origin": world.origin, "display_name": "World"}).status == 200


def _allow(world: World, **limits: Any) -> None:
    budget_limits.set_budget(world.origin, world.name, BudgetUpdate(**limits))


def _account(world: World) -> Account:
    row = budget_rows.find_budget(world.origin, world.name)
    assert row is not None
    return budget_rows.account_of(row)


def _minted(world: World, tokens: range) -> list[int]:
    return [token for token in tokens if any(each["kind"] == "minted" for each in world.told(token))]


def _paid(world: World, tokens: range) -> int:
    """What the jobs of the tokens cost, as the surface was told."""
    return sum(each["cost"] for token in tokens for each in world.told(token))


def _warnings(world: World) -> list[str]:
    from chalicelib.chain.models.jobs import DocumentRow

    return [row.sk for row in DocumentRow.query(f"TOLD#{world.origin}", DocumentRow.sk.startswith("BUDGET#"))]


def test_mints_beyond_the_budget_wait_for_the_next_day_or_a_raise(world: World) -> None:
    tokens = range(1, 6)
    _allow(world, mints=2)
    world.mint(*tokens)
    world.work(*tokens)
    assert len(_minted(world, tokens)) == 2
    waiting = [job for token in tokens for job in world.jobs(token)]
    assert [job.waits_for for job in waiting] == ["waiting_for_budget"] * 3
    world.work(*tokens)
    assert _account(world)[2:] == (Amounts(2, 0, _paid(world, tokens)), Amounts())
    with travelled(_DAY):
        world.work(*tokens)
        assert len(_minted(world, tokens)) == 4
        _allow(world, mints=3)
        world.work(*tokens)
        assert len(_minted(world, tokens)) == 5
        assert _account(world).spent.mints == 3


def test_updates_and_coins_have_limits_of_their_own(world: World) -> None:
    world.mint(11, 12)
    world.work(11, 12)
    _allow(world, updates=1, coins="0.5")
    world.update(11, 1, 2)
    world.update(12, 1)
    world.work(11, 12)
    assert sorted(len(world.told(token)) for token in (11, 12)) == [1, 3]  # the scans of a token are one update
    _allow(world, updates=None, coins="0.000000000000000001")
    world.work(11, 12)
    assert [job.waits_for for token in (11, 12) for job in world.jobs(token)] == ["waiting_for_budget"]
    _allow(world, coins=None)
    world.work(11, 12)
    assert [len(world.told(token)) for token in (11, 12)] == [3, 2]


def test_as_many_go_out_as_the_coins_may_pay_for(world: World) -> None:
    tokens = range(21, 41)
    world.mint(20)
    world.work(20)
    [first] = [row for row in world.submissions() if f"TX#{int(row.nonce):012d}" == row.sk][-1:]
    most = read_transaction(first.raw)
    _allow(world, coins=format(4 * most.gas * most.max_fee_per_gas / 10**18, ".18f"))
    world.mint(*tokens)
    world.work(*tokens)
    minted, account = len(_minted(world, tokens)), _account(world)
    assert 0 < minted < len(tokens)
    assert account.held == Amounts()
    assert 0 < account.spent.wei == _paid(world, tokens) <= (account.limits.wei or 0)


def test_workers_that_know_nothing_of_each_other_spend_what_there_is_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_turn", Semaphore(100))
    tokens = range(100, 112)
    _allow(world, mints=7)
    world.mint(*tokens)
    at_once([partial(world.work, *tokens[start : start + 3]) for start in range(0, 12, 3)] * 2)
    world.confirm()
    world.work(*tokens)
    assert len(_minted(world, tokens)) == 7
    assert _account(world)[2:] == (Amounts(7, 0, _paid(world, tokens)), Amounts())


def test_warning_is_told_once_a_day_when_four_fifths_are_spent(world: World) -> None:
    _allow(world, mints=5)
    told = len(_warnings(world))
    for token, warned in ((51, 0), (52, 0), (53, 0), (54, 1), (55, 1)):
        world.mint(token)
        world.work(token)
        assert len(_warnings(world)) == told + warned
    with travelled(_DAY):
        world.mint(*range(56, 61))
        world.work(*range(56, 61))
        assert len(_warnings(world)) == told + 2


def test_partner_without_a_budget_holds_nothing_and_a_removed_one_forgets_what_was_held(world: World) -> None:
    _allow(world, mints=1)
    world.mint(61, 62)
    world.work(61, 62)
    assert len(_minted(world, range(61, 63))) == 1
    budget_limits.remove_budget(world.origin, world.name)
    world.work(61, 62)
    assert len(_minted(world, range(61, 63))) == 2
    assert world.submissions()[-1].reserved is None
    _allow(world, mints=5)
    assert _account(world).spent == Amounts()


def test_every_step_at_which_the_process_may_die_leaves_the_account_exact(world: World) -> None:
    first = 10_000
    steps = _live(world, first, fatal=None)
    chosen = range(1, steps + 1) if _ALL else Random(_SEED).sample(range(1, steps + 1), 8)
    for day, fatal in enumerate(chosen, 1):
        first += 10
        with travelled(day * _DAY):
            _live(world, first, fatal=fatal)
            tokens = range(first, first + 4)
            with travelled(timedelta()) as further:
                for _ in range(3):
                    further(timedelta(minutes=11))
                    world.work(*tokens)
                    world.confirm()
            account = _account(world)
            assert len(_minted(world, tokens)) == 3, fatal
            assert (account.spent, account.held) == (Amounts(3, 0, _paid(world, tokens)), Amounts()), fatal
            assert [job.waits_for for token in tokens for job in world.jobs(token)] == ["waiting_for_budget"], fatal
            for token in tokens:
                for job in world.jobs(token):
                    job.delete()


def _live(world: World, first: int, *, fatal: int | None) -> int:
    """Four mints where three are allowed; gives how many steps that has."""
    _allow(world, mints=3)
    tokens = range(first, first + 4)
    world.mint(*tokens)
    lifeline = Lifeline(fatal)
    with lifeline.held():
        world.work(*tokens)
        world.confirm()
    if fatal is None:
        for token in tokens:
            for job in world.jobs(token):
                job.delete()
    return len(lifeline.points)


def test_dearer_bids_are_held_once_and_settled_by_what_was_paid(anvil: World) -> None:
    _allow(anvil, mints=10, coins="1")
    anvil.mint(1, 2)
    anvil.work(1, 2)
    [sent] = anvil.pending()
    assert _account(anvil).held == Amounts(2, 0, _most(sent.raw))
    with travelled(timedelta(hours=1)) as further:
        for _ in range(2):
            anvil.pass_over()
            anvil.confirm()
            further(timedelta(hours=1))
        [sent] = anvil.pending()
        assert len(sent.replaced) == 2
        assert _account(anvil).held == Amounts(2, 0, _most(sent.raw))
        anvil.mine()
        anvil.confirm()
    assert anvil.pending() == []
    assert _account(anvil)[2:] == (Amounts(2, 0, _paid(anvil, range(1, 3))), Amounts())


def test_what_a_day_held_does_not_burden_the_next(anvil: World) -> None:
    _allow(anvil, mints=1)
    anvil.mint(1)
    anvil.work(1)
    with travelled(_DAY):
        assert _account(anvil).held == Amounts()
        anvil.mine()
        anvil.confirm()
        assert _minted(anvil, range(1, 2)) == [1]
        assert _account(anvil)[2:] == (Amounts(), Amounts())


def test_clock_that_is_behind_does_not_open_yesterdays_account_again(world: World) -> None:
    _allow(world, mints=1)
    with travelled(_DAY):
        world.mint(71, 72)
        world.work(71, 72)
    world.work(71, 72)
    assert len(_minted(world, range(71, 73))) == 1
    assert _account(world).spent.mints == 1


def _most(raw: str) -> int:
    sent = read_transaction(raw)
    return sent.gas * sent.max_fee_per_gas
