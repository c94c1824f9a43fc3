"""A chain's signer that may run out of coins: mints meet what it has, those who look at it, and the operator's hands.

On the embedded chain nothing can be taken from the signer but what it signs itself. So it is shown as having what
another account has, whose key the scene keeps.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.signers import signer_of
from chalicelib.chain.signing import KeySigner
from chalicelib.core.clock import travelled
from chalicelib.core.settings import LOCAL_CHAIN
from tests.chain.sender import ETHER, GWEI, Sender, funder
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings import by_hand
from tests.faults.interleavings.by_hand import JOB
from tests.faults.interleavings.scene import Scene, Step, step
from tests.platform import Partner

_TRANSFER_GAS = 21_000
_PURSE = KeySigner(f"0x{7:064x}")
# A job that wants coins is tried again after a minute.
_LATER = timedelta(minutes=2)


@dataclass(frozen=True)
class _Paid:
    partner: Partner
    tokens: tuple[str, str]


@contextmanager
def _shown_purse() -> Iterator[None]:
    """Within the block the signer has what the purse has, which is enough at first."""
    call, signer = JsonRpc.call, node_of(LOCAL_CHAIN).signer.address

    def told(rpc: JsonRpc, method: str, *params: Any) -> Any:
        if method == "eth_getBalance" and params[0] == signer:
            params = (_PURSE.address, *params[1:])
        return call(rpc, method, *params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonRpc, "call", told)
        _fill()
        yield


def _fill() -> None:
    """Somebody sends coins."""
    Sender(node_of(LOCAL_CHAIN).rpc, funder()).send(_PURSE.address, value=2 * ETHER, gas=_TRANSFER_GAS)


def _empty() -> None:
    """All coins are spent, but for what that costs itself."""
    rpc = node_of(LOCAL_CHAIN).rpc
    left = rpc.balance(_PURSE.address) - 3 * GWEI * _TRANSFER_GAS
    if left > 0:
        Sender(rpc, _PURSE).send(funder().address, value=left, gas=_TRANSFER_GAS)


def _work(world: _Paid) -> None:
    world.partner.platform.drain()


def _watch(world: _Paid) -> None:
    world.partner.platform.pump.tick("watch_chains")


def _sweep_later(world: _Paid) -> None:
    with travelled(_LATER):
        world.partner.platform.pump.tick("sweep_chain")
        world.partner.platform.drain()


def _by_hand(what: str) -> Step[_Paid]:
    return step(lambda world: by_hand.to_job(world.partner, f"{world.tokens[0]}-mint-1", what), "line", f"{JOB}/{what}")


_STEPS = {
    "worker": step(_work, "line purse", "task work_chain_jobs"),
    "sweep later": step(_sweep_later, "line purse", "task sweep_chain"),
    "watch": step(_watch, "line purse", "task watch_chains"),
    "coins come": step(lambda _: _fill(), "purse"),
    "coins go": step(lambda _: _empty(), "purse"),
    "mint": step(lambda world: world.partner.mint().status, "line", "POST /api/v1/mintTokenForUser"),
    "mint bob": step(lambda world: world.partner.mint("bob").status, "line", "POST /api/v1/mintTokenForUser"),
    "retry job": _by_hand("retry"),
    "cancel job": _by_hand("cancel"),
}


def _make(platform: SharedPlatform, *, spent: bool) -> _Paid:
    """A mint waits for the worker; with `spent` it has been there, had no coins, and partners are told."""
    platform.drain()
    platform.pump.tick("watch_chains")
    partner = platform.new_partner()
    tokens = partner.announce().json["tokenId"], partner.announce("bob").json["tokenId"]
    partner.mint()
    world = _Paid(partner, tokens)
    if spent:
        _empty()
        _work(world)
        _watch(world)
        _work(world)
    return world


def _look(world: _Paid) -> Any:
    """How it stands, and how it ends once there are coins."""
    _work(world)
    now = _seen(world)
    _watch(world)
    watched = _seen(world)
    _fill()
    _sweep_later(world)
    _watch(world)
    return {"now": now, "watched": watched, "later": _seen(world)}


def _seen(world: _Paid) -> Any:
    call, admin, origin = world.partner.platform.call, world.partner.platform.admin, world.partner.origin
    events = call("GET", "/webhooks/events?type=signer.low&limit=100", key=world.partner.key).json["data"]
    jobs = admin("GET", f"/{origin}/collections/summer_party/jobs").json["data"]
    signer = signer_of(LOCAL_CHAIN)
    return {
        "nfts": [world.partner.nft(token)["status"] for token in world.tokens],
        "jobs": [(job["id"], job["state"], job["waits_for"]) for job in jobs],
        "signer": [signer.low, signer.waits_for, signer.in_flight],
        "told": len(events),
    }


_ONE_ACCOUNT = "it is one account, whose owner sends one transaction after the other"
_HARMLESS = {(name, name): _ONE_ACCOUNT for name in ("coins come", "coins go")}


def _scene(*, spent: bool) -> Scene[_Paid]:
    return Scene(partial(_make, spent=spent), _STEPS, _look, lambda _: None, within=_shown_purse, harmless=_HARMLESS)


SCENES = {"signer runs low": _scene(spent=False), "signer is low": _scene(spent=True)}
