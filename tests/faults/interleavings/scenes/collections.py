"""Collections as they begin: a partner without one, and a contract that lets us mint and belongs to nobody yet."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from chalicelib.chain.service import deployments
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.settings import LOCAL_CHAIN
from local.server.gateway import Gateway
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.pages.console.world import sign_in
from tests.pages.forms import FORM
from tests.platform import Partner

_HIDDEN = ("contract", "created_at")


@dataclass(frozen=True)
class _Ground:
    partner: Partner
    contract: str
    cookies: str
    csrf: str


def _collection(on: str, contract_id: str, name: str, *, there: bool = False) -> Step[_Ground]:
    def run(ground: _Ground) -> Any:
        body = {"contract_id": contract_id, "name": name, "symbol": "GALA"}
        if there:
            body["contract"] = ground.contract
        partner = ground.partner
        answer = partner.platform.admin("POST", f"/{partner.origin}/collections", body)
        return {"status": answer.status, "json": {k: v for k, v in answer.json.items() if k not in _HIDDEN}}

    return step(run, on, "POST /admin/partners/{origin}/collections")


def _deployed_in_console(on: str, contract_id: str, name: str) -> Step[_Ground]:
    def run(ground: _Ground) -> Any:
        fields = {"csrf": ground.csrf, "contract_id": contract_id, "name": name, "symbol": "GALA"}
        headers = {"Host": "spacegarden.test", **FORM, "Cookie": ground.cookies}
        body = urlencode(fields).encode()
        gateway = Gateway(ground.partner.platform.app)
        answer = gateway.handle("POST", "/console/collections", list(headers.items()), body, source_ip="127.0.0.1")
        return {"status": answer.status}

    return step(run, on, "POST /console/collections")


def _budget(ground: _Ground) -> Any:
    partner = ground.partner
    return {"status": partner.platform.admin("PATCH", f"/{partner.origin}", {"collection_budget": 0}).status}


def _category(ground: _Ground) -> int:
    body = {"user_category_id": "VIP", "name": "VIP", "attributes": {}}
    return ground.partner.platform.admin("POST", f"/{ground.partner.origin}/collections/gala/categories", body).status


def _sweep(ground: _Ground) -> None:
    ground.partner.platform.pump.tick("sweep_chain")
    ground.partner.platform.drain()


def _watch(ground: _Ground) -> None:
    ground.partner.platform.pump.tick("watch_chains")
    ground.partner.platform.drain()


_STEPS = {
    "gala": _collection("gala chain", "gala", "Gala"),
    "gala again": _collection("gala chain", "gala", "Another"),
    "fair": _collection("chain", "fair", "Fair"),
    "gala there": _collection("gala contract", "gala", "There", there=True),
    "fair there": _collection("contract", "fair", "There", there=True),
    "gala of theirs": _deployed_in_console("gala budget", "gala", "Gala"),
    "fair of theirs": _deployed_in_console("budget", "fair", "Fair"),
    "no budget": step(_budget, "budget", "PATCH /admin/partners/{origin}"),
    "category": step(_category, "gala", "POST /admin/partners/{origin}/collections/{contract_id}/categories"),
    "announce": step(
        lambda ground: ground.partner.announce(contract_id="gala").status, "gala", "POST /api/v1/newUserForPartner"
    ),
    "sweep": step(_sweep, "chain", "task sweep_chain"),
    "watch": step(_watch, "chain", "task watch_chains"),
}


def _make(platform: SharedPlatform) -> _Ground:
    platform.drain()
    partner = platform.new_partner(collection=False)
    assert platform.admin("PATCH", f"/{partner.origin}", {"collection_budget": 1}).status == 200
    contract = deployments.deploy(LOCAL_CHAIN, name="N", symbol="S", register=lambda *_: None)
    surfer = sign_in(partner)
    csrf = next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)
    return _Ground(partner, contract, "; ".join(f"{name}={value}" for name, value in surfer.cookies.items()), csrf)


def _look(ground: _Ground) -> Any:
    platform, origin = ground.partner.platform, ground.partner.origin
    _sweep(ground)
    listed = platform.admin("GET", f"/{origin}/collections").json["data"]
    node = node_of(LOCAL_CHAIN)
    categories = platform.admin("GET", f"/{origin}/collections/gala/categories")
    budget = platform.admin("GET", f"/{origin}").json["collection_budget"]
    audit = platform.admin("GET", f"/{origin}/audit", query={"limit": 100}).json["data"]
    return {
        "collections": [{name: each[name] for name in each if name not in _HIDDEN} for each in listed],
        "there": [each["contract"] == ground.contract for each in listed],
        "deployed": [bool(node.rpc.code(each["contract"])) for each in listed],
        "budget": budget,
        "categories": categories.json["data"] if categories.status == 200 else categories.status,
        "audit": sorted((one["action"], one["target"]) for one in audit),
        "in flight": node.rpc.nonce(node.signer.address, "pending") - node.rpc.nonce(node.signer.address),
    }


SCENES = {"collections": Scene(_make, _STEPS, _look, lambda _: None)}
