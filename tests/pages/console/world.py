"""A partner that has something of everything, and an operator of it at the console."""

import base64
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

from chalicelib.idempotency.service import Guard
from chalicelib.spaces.schemas import CustomerCreate, InvoiceCreate, SpaceCreate
from chalicelib.spaces.service import customers, orders, spaces
from tests.dreamspace.world import Dream
from tests.oauth.flows import register
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform
from tests.receivers import Receiver
from tests.space3.missions import CHECKIN, WALLET, Missions


@dataclass
class World:
    """A partner's things by the names that stand in paths, and how it is called."""

    partner: Partner
    names: dict[str, str] = field(default_factory=dict)

    @property
    def platform(self) -> Platform:
        """Where it lives."""
        return self.partner.platform


def drawing(width: int = 24, height: int = 16) -> str:
    """A picture as Base64: a PNG in one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\x00" + b"\x9a\xd8\xc0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(png).decode()


def sign_in(partner: Partner, key: str | None = None) -> Surfer:
    """An operator who has just signed in."""
    surfer = Surfer(partner.platform)
    surfer.get("/console")
    surfer.submit("/console/sign-in", key=key or partner.key)
    assert (surfer.page.status, surfer.path) == (200, "/console"), surfer.words
    return surfer


def made(platform: Platform, receiver: Receiver) -> World:
    """A partner with a scanned and minted NFT, an endpoint at the receiver, missions, spaces and drawings."""
    partner = platform.new_partner()
    interaction = partner.save_interaction().json["id"]
    endpoint = partner.add_endpoint(receiver.url)["id"]
    for uid in ("ada", "grace"):
        assert partner.announce(uid).status == 200
        assert partner.act(uid).status == 200
    assert partner.mint("ada").status == 200
    for _ in range(3):
        platform.drain()
        platform.sweep()
    assert partner.nft("1")["status"] == "minted"
    delivery = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"][0]
    names = {
        "collection": "summer_party",
        "category": "VIP",
        "interaction": interaction,
        "nft": "1",
        "endpoint": endpoint,
        "delivery": delivery["id"],
        "event": delivery["event_id"],
        **_missions(partner, receiver),
        **_spaces(partner),
        **_dreamspace(partner),
    }
    path = f"/{partner.origin}/collections/summer_party/interactions/{interaction}/codes"
    names["code"] = platform.admin("POST", path, {"name": "Door"}).json["id"]
    register(partner).tokens_of(partner)
    names["grant"] = platform.admin("GET", f"/{partner.origin}/oauth_grants").json["data"][0]["id"]
    names["key"] = platform.admin("GET", f"/{partner.origin}/keys").json["data"][0]["id"]
    return World(partner, names)


def _missions(partner: Partner, receiver: Receiver) -> dict[str, str]:
    missions = Missions(partner)
    number = missions.answer_for(activity=CHECKIN)
    user = missions.user(email="ada@example.com", wallet=WALLET)
    mission = missions.mission(f"{receiver.url}/<Email>")
    evidence = missions.verify(mission, user)["evidence_id"]
    return {"answered": str(number), "mission": mission, "evidence": evidence, "user": user}


def _spaces(partner: Partner) -> dict[str, str]:
    guard = Guard(None)
    number = int(spaces.create_space(partner.origin, SpaceCreate(url="https://example.com"), guard)["n"])
    body = CustomerCreate(name="Ada", email="ada@example.com", space=number)
    customer = customers.create_customer(partner.origin, body, guard)["id"]
    lines: list[Any] = [{"description": "Ticket", "unit_amount": 1250, "quantity": 2}]
    order = InvoiceCreate.model_validate({"customer": customer, "currency": "EUR", "items": lines})
    invoice = orders.create_invoice(partner.origin, order, guard)["id"]
    return {"customer": customer, "invoice": invoice}


def _dreamspace(partner: Partner) -> dict[str, str]:
    dream = Dream(partner.platform, partner)
    event = dream.post(
        "/events",
        {
            "event_type": "plain",
            "user": {"twitch_id": "ada", "name": "Ada"},
            "user_name": "Ada",
            "occurred_at": "2026-11-22T18:00:00Z",
            "message": "Hello",
            "document": {
                "document_data": drawing(),
                "seal": 7,
                "stamps": [{"stamp_type": "approve", "pos_x": 8, "pos_y": 6, "rotation": -12.5}],
            },
        },
    )
    user = str(event["user_id"])
    transaction = dream.post("/transactions", {"user_id": int(user), "amount": 5, "description": "Tip"})
    specimen = dream.post("/specimens", {"owner_id": int(user)})
    return {
        "dream_user": user,
        "dream_event": str(event["event_id"]),
        "document": str(event["document_id"]),
        "stamp": str(event["document"]["stamps"][0]["stamp_id"]),
        "transaction": str(transaction["transaction_id"]),
        "specimen": str(specimen["specimen_id"]),
    }


# Every page, with the names of what it shows; those of the second kind show one thing of the partner's.
PAGES = (
    "/console",
    "/console/figures",
    "/console/collections",
    "/console/interactions",
    "/console/nfts",
    "/console/nfts?q=ada%40example.com",
    "/console/apply",
    "/console/missions",
    "/console/missions/answered",
    "/console/missions/verified",
    "/console/missions/users",
    "/console/spaces",
    "/console/spaces/customers",
    "/console/spaces/invoices",
    "/console/spaces/events",
    "/console/dreamspace/users",
    "/console/dreamspace/transactions",
    "/console/dreamspace/specimens",
    "/console/dreamspace/events",
    "/console/dreamspace/documents",
    "/console/dreamspace/stamps",
    "/console/webhooks",
    "/console/webhooks/figures",
    "/console/webhooks/endpoints",
    "/console/webhooks/deliveries",
    "/console/webhooks/deliveries-live",
    "/console/keys",
    "/console/grants",
    "/console/audit",
)
OWN_PAGES = (
    "/console/collections/{collection}",
    "/console/collections/{collection}/status",
    "/console/collections/{collection}/contract",
    "/console/collections/{collection}/queue",
    "/console/collections/{collection}/categories",
    "/console/collections/{collection}/categories/{category}",
    "/console/collections/{collection}/interactions",
    "/console/collections/{collection}/interactions/{interaction}",
    "/console/collections/{collection}/interactions/{interaction}/codes/{code}/qr",
    "/console/collections/{collection}/interactions/{interaction}/codes/{code}/sheet",
    "/console/collections/{collection}/nfts/{nft}",
    "/console/collections/{collection}/nfts/{nft}/live",
    "/console/missions/answered/{answered}",
    "/console/missions/verified/{mission}",
    "/console/missions/verified/{mission}/edit",
    "/console/missions/evidence/{evidence}",
    "/console/spaces/customers/{customer}",
    "/console/spaces/invoices/{invoice}",
    "/console/dreamspace/users/{dream_user}",
    "/console/dreamspace/transactions/{transaction}",
    "/console/dreamspace/specimens/{specimen}",
    "/console/dreamspace/events/{dream_event}",
    "/console/dreamspace/documents/{document}",
    "/console/dreamspace/documents/{document}/picture",
    "/console/dreamspace/stamps/{stamp}",
    "/console/webhooks/endpoints/{endpoint}",
    "/console/webhooks/deliveries/{delivery}",
    "/console/webhooks/deliveries/{delivery}/live",
    "/console/webhooks/events/{event}",
)
# Every form with fields that its partner could send.
_MISSION = {"activity": "gardenlab:summer_party:checkin", "kind": "simple", "counting": "per_day", "target": "1"}
_VERIFIED = {
    "name": "X",
    "url_template": "https://example.com/<Email>",
    "kind": "simple",
    "dialect": "space3",
    "counting": "sum",
    "recurrence": "once",
    "target": "1",
    "headers": "",
    "starts_at": "",
    "ends_at": "",
}
_ENDPOINT = {"url": "https://example.com/hook", "schedule": "standard", "rate_limit": ""}
_INTERACTION = {"name": "Check-in", "type": "IRL Event", "xpIncrement": "5", "authScanCount": ""}
_CODE = {"code_name": "X", "password": "", "expires_at": "", "max_uses": "", "per_holder": ""}
_CATEGORY = {"name": "X", "attributes": "", "max_supply": ""}
_APPLY = {"action_id": "checkin", "nonce": "n", "xpIncrement": ""}
_COLLECTION = "/console/collections/{collection}"
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/console/collections", {"contract_id": "gala", "name": "Gala", "symbol": "GALA"}),
    ("/console/apply", {**_APPLY, "collection": "{collection}", "code": "1"}),
    (f"{_COLLECTION}/levels", {"level_thresholds": "0, 100"}),
    (f"{_COLLECTION}/contract", {"kind": "royalties", "royalty_receiver": "", "royalty_basis_points": ""}),
    (_COLLECTION, {"may_change_token_id": "on"}),
    (f"{_COLLECTION}/categories", {"user_category_id": "X", **_CATEGORY}),
    (f"{_COLLECTION}/categories/{{category}}", _CATEGORY),
    (f"{_COLLECTION}/categories/{{category}}/delete", {}),
    (f"{_COLLECTION}/interactions", _INTERACTION),
    (f"{_COLLECTION}/interactions/{{interaction}}", {**_INTERACTION, "action_id": "checkin"}),
    (f"{_COLLECTION}/interactions/{{interaction}}/window", {"valid_from": "", "valid_until": ""}),
    (f"{_COLLECTION}/interactions/{{interaction}}/codes", _CODE),
    (f"{_COLLECTION}/interactions/{{interaction}}/codes/{{code}}/end", {}),
    (f"{_COLLECTION}/nfts/{{nft}}/interactions", _APPLY),
    ("/console/missions/answered", {"mission": "999", **_MISSION}),
    ("/console/missions/answered/{answered}", {**_MISSION, "secret": ""}),
    ("/console/missions/answered/{answered}/test", {"email": "ada@example.com", "wallet": "", "uid": ""}),
    ("/console/missions/answered/{answered}/delete", {}),
    ("/console/missions/verified", _VERIFIED),
    ("/console/missions/verified/{mission}/edit", _VERIFIED),
    ("/console/missions/verified/{mission}/verify", {"uid": "{user}"}),
    ("/console/missions/verified/{mission}/test", {"completed_uid": "{user}", "not_completed_uid": "{user}"}),
    ("/console/missions/verified/{mission}/delete", {}),
    ("/console/missions/users", {"uid": "", "email": "x@example.com", "wallet": ""}),
    ("/console/webhooks/endpoints", _ENDPOINT),
    ("/console/webhooks/endpoints/{endpoint}", _ENDPOINT),
    ("/console/webhooks/endpoints/{endpoint}/enabled", {"to": "enabled"}),
    ("/console/webhooks/endpoints/{endpoint}/secret", {"keep_hours": "24"}),
    ("/console/webhooks/endpoints/{endpoint}/test", {"event_type": "newBcNftMint"}),
    ("/console/webhooks/endpoints/{endpoint}/recover", {"since": "2026-11-22T00:00"}),
    ("/console/webhooks/endpoints/{endpoint}/replay_missing", {"since": "2026-11-22T00:00"}),
    ("/console/webhooks/endpoints/{endpoint}/cancel", {}),
    ("/console/webhooks/endpoints/{endpoint}/delete", {}),
    ("/console/webhooks/deliveries/{delivery}/cancel", {}),
    ("/console/webhooks/deliveries/{delivery}/replay", {}),
    ("/console/keys", {"name": "X", "scope:webhooks": "1"}),
    ("/console/keys/{key}/revoke", {}),
    ("/console/grants/{grant}/end", {}),
)
