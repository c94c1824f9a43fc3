"""The chain: a claimed NFT whose worker is yet to run, one with a scan on its way, a taken id, a sold token."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.clock import now, travelled
from chalicelib.core.settings import LOCAL_CHAIN
from chalicelib.gardenlab.repository.tokens import newest_moves, token_key
from tests.chain.holders import funded_on_local_chain
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings import by_hand
from tests.faults.interleavings.by_hand import JOB
from tests.faults.interleavings.scene import Scene, step
from tests.faults.invariants import broken_invariants
from tests.gardenlab.roles import mint_elsewhere
from tests.platform import OTHER_HOLDER, Partner


@dataclass(frozen=True)
class _Minting:
    partner: Partner
    token: str


def _work(world: _Minting) -> None:
    world.partner.platform.drain()


def _sweep(world: _Minting) -> None:
    world.partner.platform.pump.tick("sweep_chain")


def _mint_elsewhere(world: _Minting) -> Any:
    return world.partner.mint(user_addr=OTHER_HOLDER).json.get("error", {}).get("code")


def _watch(world: _Minting) -> None:
    world.partner.platform.pump.tick("watch_chains")


def _read(world: _Minting) -> None:
    world.partner.platform.pump.tick("read_chains")


def _follow_holder(world: _Minting) -> int:
    path = f"/{world.partner.origin}/collections/summer_party"
    return world.partner.platform.admin("PATCH", path, {"xp_follows": "holder"}).status


def _by_hand(world: _Minting, what: str) -> int:
    return by_hand.to_job(world.partner, f"{world.token}-mint-1", what)


def _allow(partner: Partner, *, allowed: bool) -> int:
    body = {"may_change_token_id": allowed}
    return partner.platform.admin("PATCH", f"/{partner.origin}/collections/summer_party", body).status


_STEPS = {
    "worker": step(_work, "token line", "task work_chain_jobs", "task follow_chains"),
    "sweep": step(_sweep, "token line", "task sweep_chain"),
    "watch": step(_watch, "line", "task watch_chains"),
    "act": step(lambda world: world.partner.act().status, "token", "POST /api/v1/newActionForUser"),
    "mint": step(lambda world: world.partner.mint().status, "token", "POST /api/v1/mintTokenForUser"),
    "mint other": step(_mint_elsewhere, "token", "POST /api/v1/mintTokenForUser"),
    "announce free": step(
        lambda world: world.partner.announce(user_category_id="FREE").status, "token", "POST /api/v1/newUserForPartner"
    ),
    "announce bob": step(lambda world: world.partner.announce("bob").status, "token", "POST /api/v1/newUserForPartner"),
}
_TAKEN = {
    **{name: _STEPS[name] for name in ("worker", "act", "mint", "mint other")},
    "keep ids": step(
        lambda world: _allow(world.partner, allowed=False),
        "token",
        "PATCH /admin/partners/{origin}/collections/{contract_id}",
    ),
}
_QUEUED = {
    **{name: _STEPS[name] for name in ("worker", "mint", "mint other")},
    "retry job": step(lambda world: _by_hand(world, "retry"), "token line", f"{JOB}/retry"),
    "cancel job": step(lambda world: _by_hand(world, "cancel"), "token line", f"{JOB}/cancel"),
}
_BUDGET = "/admin/partners/{origin}/gas_budgets/{chain}"


def _limit(world: _Minting, limits: dict[str, Any] | None) -> int:
    path = f"/{world.partner.origin}/gas_budgets/local"
    return world.partner.platform.admin("DELETE" if limits is None else "PATCH", path, limits).status


def _own_usage(world: _Minting) -> int:
    return world.partner.platform.call("GET", "/usage", key=world.partner.key).status


def _usage(world: _Minting) -> int:
    return world.partner.platform.admin("GET", f"/{world.partner.origin}/usage").status


_LIMITED = {
    **{name: _STEPS[name] for name in ("worker", "mint", "sweep")},
    "allow one": step(lambda world: _limit(world, {"mints": 1}), "token budget line", f"PATCH {_BUDGET}"),
    "allow none": step(lambda world: _limit(world, {"mints": 0}), "token budget line", f"PATCH {_BUDGET}"),
    "own usage": step(_own_usage, "token", "GET /usage"),
    "usage": step(_usage, "token", "GET /admin/partners/{origin}/usage"),
    "allow all": step(lambda world: _limit(world, None), "token budget line", f"DELETE {_BUDGET}"),
}
_SOLD = {
    **{name: _STEPS[name] for name in ("worker", "act")},
    "read": step(_read, "token line", "task read_chains"),
    "follow holder": step(_follow_holder, "token", "PATCH /admin/partners/{origin}/collections/{contract_id}"),
}


def _make(platform: SharedPlatform, *, minted: bool) -> _Minting:
    platform.drain()
    partner = platform.new_partner()
    partner.save_interaction()
    token = partner.announce().json["tokenId"]
    partner.add_category("summer_party", "FREE")
    partner.mint()
    if minted:
        platform.drain()
        partner.act()
    return _Minting(partner, token)


def _make_taken(platform: SharedPlatform) -> _Minting:
    """The mint failed, since somebody else has the token; another id is allowed."""
    platform.drain()
    partner = platform.new_partner()
    assert _allow(partner, allowed=True) == 200
    partner.save_interaction()
    partner.add_category("summer_party", "FREE")
    token = partner.announce().json["tokenId"]
    mint_elsewhere(partner.nft(token)["contract"], int(token))
    partner.mint()
    platform.drain()
    assert partner.nft(token)["status"] == "mint_failed"
    return _Minting(partner, token)


def _make_sold(platform: SharedPlatform) -> _Minting:
    """The token of a minted NFT went to another wallet, which nobody has read yet."""
    platform.drain()
    partner = platform.new_partner()
    partner.save_interaction()
    token = partner.announce().json["tokenId"]
    wallet = funded_on_local_chain(node_of(LOCAL_CHAIN).rpc)
    partner.mint(user_addr=wallet.address)
    platform.drain()
    platform.pump.tick("read_chains")
    partner.act()
    wallet.give(partner.nft(token)["contract"], int(token), OTHER_HOLDER)
    return _Minting(partner, token)


def _look(world: _Minting) -> Any:
    world.partner.platform.drain()
    nft = world.partner.nft(world.token)
    return {
        "broken": broken_invariants(world.partner),
        "xp": nft["xp"],
        "status": nft["status"],
        "owner": nft["owner"],
        "moves": [row.recipient for row in newest_moves(_pk(world), limit=10)],
        "final": [(row["interactionName"], row["xpAfter"]) for row in world.partner.transactions(world.token)],
    }


def _make_budgeted(platform: SharedPlatform) -> _Minting:
    """A claimed NFT of a partner that may mint one a day."""
    world = _make(platform, minted=False)
    assert _limit(world, {"mints": 1}) == 200
    return world


def _look_at_budget(world: _Minting) -> Any:
    world.partner.platform.drain()
    admin, origin = world.partner.platform.admin, world.partner.origin
    return {
        "status": world.partner.nft(world.token)["status"],
        "waits": [job["waits_for"] for job in admin("GET", f"/{origin}/collections/summer_party/jobs").json["data"]],
        "budgets": [
            (each["mints"], each["spent_mints"], each["held_mints"], each["held_coins"])
            for each in admin("GET", f"/{origin}/gas_budgets").json["data"]
        ],
    }


@contextmanager
def _noon() -> Iterator[None]:
    """A budget is of a day, which shall not end meanwhile."""
    begin = datetime.combine(now().date() + timedelta(days=1), time(hour=12, tzinfo=UTC))
    with travelled(begin - now()):
        yield


def _pk(world: _Minting) -> str:
    return token_key(world.partner.origin, "summer_party", world.token)


SCENES = {
    "queued": Scene(partial(_make, minted=False), _QUEUED, _look, lambda _: None),
    "budgeted": Scene(_make_budgeted, _LIMITED, _look_at_budget, lambda _: None, within=_noon),
    "claimed": Scene(partial(_make, minted=False), _STEPS, _look, lambda _: None),
    "minted": Scene(partial(_make, minted=True), _STEPS, _look, lambda _: None),
    "sold": Scene(_make_sold, _SOLD, _look, lambda _: None),
    "taken": Scene(_make_taken, _TAKEN, _look, lambda _: None),
}
