"""The account that pays for a chain runs low: partners with collections there are told once, whatever dies."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from chalicelib.chain import tasks
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models.submissions import SignerRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.clock import travelled
from chalicelib.core.ids import random_token
from chalicelib.core.settings import LOCAL_CHAIN, settings
from chalicelib.gardenlab.service.signers import GardenlabCollections
from tests.faults.crowd import at_once
from tests.faults.wire import Lifeline
from tests.platform import Partner, Platform
from tests.receivers import Receiver

_EVENT = "signer.low"
_GRACE = timedelta(minutes=3)


@pytest.fixture
def run_low(platform: Platform, club: Partner) -> Iterator[Callable[[bool], None]]:
    """Lets the signer of the local chain want coins, as where it could not pay, or have some again."""
    del club  # whose collection made the signer sign
    platform.drain()
    line = submission_rows.signer_pk(LOCAL_CHAIN, node_of(LOCAL_CHAIN).signer.address)

    def run(low: bool) -> None:
        if low:
            submission_rows.note_signer_waits(line, Cause.OUT_OF_FUNDS)
        else:
            SignerRow(line, "SIGNER").update(actions=[SignerRow.waits_for.remove()])

    yield run
    run(False)
    platform.pump.tick("watch_chains")


class _OfTwo(GardenlabCollections):
    """The collections of these partners alone, so that a watch has few steps."""

    def __init__(self, *partners: Partner) -> None:
        self._partners = partners

    def contracts(self, chain: str) -> Iterable[tuple[str, str, str]]:
        """Two collections each."""
        del chain
        return [("0x1", each.origin, alias) for each in self._partners for alias in ("one", "two")]


@contextmanager
def _no_coins() -> Iterator[None]:
    """Within the block no account of the chain has any."""
    call = JsonRpc.call

    def told(rpc: JsonRpc, method: str, *params: Any) -> Any:
        return "0x0" if method == "eth_getBalance" else call(rpc, method, *params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonRpc, "call", told)
        yield


def _signer(platform: Platform) -> Any:
    answer = platform.call("GET", f"/admin/chain/signers/{LOCAL_CHAIN}", key=settings().admin_key)
    assert answer.status == 200, answer.json
    return answer.json


def _recorded(partner: Partner) -> list[dict[str, Any]]:
    answer = partner.platform.call("GET", "/webhooks/events", key=partner.key, query={"type": _EVENT, "limit": "100"})
    return list(answer.json["data"])


def test_partners_on_the_chain_are_told_once_each_time_that_its_signer_runs_low(
    club: Partner, rival: Partner, run_low: Callable[[bool], None]
) -> None:
    elsewhere = club.platform.new_partner(collection=False)
    before = len(_recorded(rival))
    with Receiver() as named, Receiver() as usual:
        club.add_endpoint(named.url, event_types=[_EVENT])
        club.add_endpoint(usual.url)
        for times in (1, 2):
            run_low(True)
            for _ in range(3):
                club.platform.pump.tick("watch_chains")
                club.platform.drain()
            told = [json.loads(each.body) for each in named.requests]
            assert [(each["actionType"], each["chain"]) for each in told] == [(_EVENT, LOCAL_CHAIN)] * times
            assert set(told[-1]) == {"actionType", "at", "chain"}
            run_low(False)
            club.platform.pump.tick("watch_chains")
        club.platform.drain()
        assert len(named.requests) == 2
        assert len({each.headers["webhook-id"] for each in named.requests}) == 2
        assert usual.requests == []
    assert len(_recorded(rival)) == before + 2
    assert _recorded(elsewhere) == []


def test_signer_wants_no_coins_once_it_has_what_a_cancelled_mint_would_have_cost(platform: Platform) -> None:
    partner = platform.new_partner()
    partner.announce()
    partner.mint()
    jobs = f"/{partner.origin}/collections/summer_party/jobs"
    with _no_coins():
        platform.drain()
        platform.pump.tick("watch_chains")
        [job] = platform.admin("GET", jobs).json["data"]
        assert job["waits_for"] == _signer(platform)["waits_for"] == Cause.OUT_OF_FUNDS
        assert platform.admin("POST", f"{jobs}/{job['id']}/cancel").status == 200
        assert _signer(platform)["low"]
    assert (_signer(platform)["low"], _signer(platform)["waits_for"]) == (False, None)
    platform.pump.tick("watch_chains")
    with _no_coins():
        platform.pump.tick("watch_chains")
    assert len(_recorded(partner)) == 2
    platform.pump.tick("watch_chains")


def test_watches_at_the_same_time_tell_once(club: Partner, rival: Partner, run_low: Callable[[bool], None]) -> None:
    before = len(_recorded(club))
    owner = _OfTwo(club, rival)
    run_low(True)
    at_once([lambda: tasks.watch(owner)] * 4)
    tasks.watch(owner)
    assert len(_recorded(club)) == before + 1


def test_each_partner_is_told_once_though_the_watch_dies_at_any_step(
    club: Partner, rival: Partner, run_low: Callable[[bool], None]
) -> None:
    owner, partners = _OfTwo(club, rival), (club, rival)
    with Receiver() as receiver:
        for partner in partners:
            partner.add_endpoint(f"{receiver.url}/{partner.origin}/{random_token(6)}", event_types=[_EVENT])
        for fatal in count(1):
            before = [len(_recorded(partner)) for partner in partners]
            heard = len(receiver.requests)
            run_low(True)
            life = Lifeline(fatal)
            with life.held():
                tasks.watch(owner)
            is_over = life.killed and fatal % 2 == 0  # it has coins again before anybody looks
            run_low(not is_over)
            tasks.watch(owner)
            with travelled(_GRACE):  # for deliveries whose messages were not sent
                club.platform.pump.tick("sweep_webhooks")
                club.platform.drain()
            after = [len(_recorded(partner)) for partner in partners]
            told = [now - then for now, then in zip(after, before, strict=True)]
            # Where the coins came back before the want of them was written down, nothing has changed.
            assert told == [1, 1] or (is_over and told == [0, 0]), (fatal, life.points[-1])
            assert len(receiver.requests) - heard == sum(told)
            run_low(False)
            tasks.watch(owner)
            if not life.killed:
                break
        assert fatal > 10
