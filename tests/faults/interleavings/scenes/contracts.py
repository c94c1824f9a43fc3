"""A deployed contract with a minted token: its royalties, metadata and locks are changed, by API and console."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalicelib.chain import contract as chain_contract
from chalicelib.chain.abi import topic
from chalicelib.chain.contract_v2 import read_settings
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.settings import LOCAL_CHAIN, settings
from local.server.gateway import Gateway
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings import by_hand
from tests.faults.interleavings.by_hand import JOB
from tests.faults.interleavings.scene import Scene, Step, step
from tests.pages.console.world import sign_in
from tests.pages.forms import FORM
from tests.platform import HOLDER, OTHER_HOLDER, Partner

_CHANGES = "POST /admin/partners/{origin}/collections/{id}/changes"
_OURS, _THEIRS = "https://spacex.example/ours.json", "https://spacex.example/theirs.json"


@dataclass(frozen=True)
class _Deployed:
    partner: Partner
    token: str
    cookies: str
    csrf: str


def _change(on: str, kind: str, *, key: str | None = None, **fields: Any) -> Step[_Deployed]:
    def run(world: _Deployed) -> Any:
        body = {name: value.format(token=world.token) if value else value for name, value in fields.items()}
        path = f"/admin/partners/{world.partner.origin}/collections/summer_party/changes"
        headers = {} if key is None else {"Idempotency-Key": key}
        sent = {"kind": kind, **body}
        answer = world.partner.platform.call("POST", path, key=settings().admin_key, body=sent, headers=headers)
        return {"status": answer.status, "id": answer.json.get("id")}

    return step(run, on, _CHANGES)


def _in_console(on: str, **fields: str) -> Step[_Deployed]:
    def run(world: _Deployed) -> Any:
        headers = {"Host": "spacegarden.test", **FORM, "Cookie": world.cookies}
        body = urlencode({"csrf": world.csrf, **fields}).encode()
        gateway = Gateway(world.partner.platform.app)
        path = "/console/collections/summer_party/contract"
        return {"status": gateway.handle("POST", path, list(headers.items()), body, source_ip="127.0.0.1").status}

    return step(run, on, "POST /console/collections/{id}/contract")


def _by_hand(what: str) -> Step[_Deployed]:
    return step(lambda world: by_hand.to_job(world.partner, "collection-change-1", what), "line", f"{JOB}/{what}")


def _work(world: _Deployed) -> None:
    world.partner.platform.drain()


def _sweep(world: _Deployed) -> None:
    world.partner.platform.pump.tick("sweep_chain")


def _read(world: _Deployed) -> None:
    world.partner.platform.pump.tick("read_chains")


_STEPS = {
    "royalties": _change("contract", "royalties", royalty_receiver=OTHER_HOLDER),
    "metadata": _change("contract once", "metadata", key="once", contract_uri=_OURS),
    "metadata again": _change("once line", "metadata", key="once", contract_uri=_OURS),
    "their metadata": _in_console("contract", kind="metadata", contract_uri=_THEIRS),
    "lock": _change("contract lock", "lock", token_id="{token}"),
    "unlock": _change("lock line", "unlock", token_id="{token}"),
    "worker": step(_work, "contract line", "task work_chain_jobs", "task follow_chains"),
    "reader": step(_read, "contract line", "task read_chains"),
    "sweep": step(_sweep, "line", "task sweep_chain"),
    "retry change": _by_hand("retry"),
    "cancel change": _by_hand("cancel"),
}


def _make(platform: SharedPlatform) -> _Deployed:
    """A change of the royalties waits for the worker."""
    platform.drain()
    partner = platform.new_partner(lock="token")
    token = partner.announce().json["tokenId"]
    partner.mint()
    platform.drain()
    surfer = sign_in(partner)
    csrf = next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)
    body = {"kind": "royalties", "royalty_receiver": HOLDER, "royalty_basis_points": 100}
    assert platform.admin("POST", f"/{partner.origin}/collections/summer_party/changes", body).status == 200
    cookies = "; ".join(f"{name}={value}" for name, value in surfer.cookies.items())
    return _Deployed(partner, token, cookies, csrf)


def _look(world: _Deployed) -> Any:
    platform, origin = world.partner.platform, world.partner.origin
    platform.drain()
    _sweep(world)
    platform.drain()
    shown = platform.admin("GET", f"/{origin}/collections/summer_party").json
    changes = platform.admin("GET", f"/{origin}/collections/summer_party/changes").json["data"]
    events = platform.call("GET", "/webhooks/events?type=collection.updated&limit=100", key=world.partner.key).json
    audit = platform.admin("GET", f"/{origin}/audit", query={"limit": 100}).json["data"]
    rpc, contract = node_of(LOCAL_CHAIN).rpc, shown["contract"]
    emitted = {
        name: len(rpc.logs(contract, [topic(name)], from_block=0, to_block="latest"))
        for name in ("ContractURIUpdated()", "Locked(uint256)", "Unlocked(uint256)")
    }
    return {
        "on chain": read_settings(rpc, contract),
        "locked": chain_contract.ask(rpc, contract, "locked(uint256)", ["bool"], int(world.token)),
        "shown to holders": "while it is locked" in platform.call("GET", f"/nft/{contract}/{world.token}").json,
        "shown": [shown[name] for name in ("contract_uri", "royalty_receiver", "royalty_basis_points")],
        "changes": [(each["id"], each["kind"], each["state"], each["code"]) for each in changes],
        "made": emitted,
        "told": sorted((each["content"]["changeId"], each["content"]["success"]) for each in events["data"]),
        "audit": sorted(one["target"] for one in audit if one["action"] == "collection.change"),
        "jobs": platform.admin("GET", f"/{origin}/collections/summer_party/jobs").json["data"],
    }


SCENES = {"contract": Scene(_make, _STEPS, _look, lambda _: None)}
