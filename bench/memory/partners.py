"""Any number of partners that have the same, and what each of them calls.

The first is made by the platform. Every further one is a copy of its rows under names of its own: a collection need not
be deployed, and no key be made, for each of thousands.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from chalicelib.core import aws
from chalicelib.oauth.service import tokens
from chalicelib.partners.domain import parse_key
from tests.oauth.flows import register
from tests.package.gateway_events import request
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

Event = dict[str, Any]
_A_BATCH = 25
_COLLECTION = "summer_party"
_DRAWN: Event = {
    "user": {"twitch_id": "1", "name": "Ada"},
    "user_name": "Ada",
    "document": {
        "document_data": "aGVsbG8=",
        "seal": 1,
        "stamps": [{"stamp_type": "approve", "pos_x": 40, "pos_y": 60, "rotation": 12.5}],
    },
    "occurred_at": "2026-11-22T18:00:00Z",
    "event_type": "cheer",
    "amount": 100,
    "message": "Hello",
}


class Caller(NamedTuple):
    """A partner, as its calls name it."""

    origin: str
    key: str
    client_id: str
    token: str
    mission: str

    def calls(self) -> Iterator[Event]:
        """A call of each kind that may leave something in memory for the partner; each is answered with 200."""
        place = {"origin": self.origin, "contract_id": _COLLECTION}
        user = {"email": "grace@example.com", "uid": "grace", "user_category_id": "VIP"}
        yield self._keyed("GET", "/api/v1/getAllInteractions", query=place)
        yield self._keyed("GET", "/api/v1/getNftByTokenId", query={**place, "tokenId": "1"})
        yield self._keyed("POST", "/api/v1/newUserForPartner", body={**place, **user})
        yield self._keyed(
            "POST", "/api/v1/newActionForUser", body={**place, "action_id": "checkin", "guest": {"uid": "ada"}}
        )
        yield self._keyed("GET", "/webhooks/endpoints")
        yield self._keyed("GET", "/webhooks/stats")
        yield self._keyed("GET", "/webhooks/events")
        yield self._tokened("GET", "/api/v1/account")
        yield self._tokened("POST", "/api/v1/spaces", body={"url": "https://shop.example"})
        yield self._tokened("POST", "/api/v1/customers", body={"name": "Ada", "email": "ada@example.com", "space": 1})
        yield self._tokened("GET", "/api/v1/customers")
        yield self._dreaming("/users", {"twitch_id": "1", "name": "Ada"})
        yield self._dreaming("/events", _DRAWN)
        yield self._dreaming("/specimens", {"owner_id": 1})
        yield self._dreaming("/transactions", {"user_id": 1, "amount": 1, "description": ""})
        asked = {"origin": self.origin, "subject": "ada@example.com", "mission": self.mission}
        yield request("GET", "/missions/{origin}/{subject}/{mission}", captured=asked)
        yield request("GET", "/oauth/authorize", query=self._consent())

    def _consent(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": "https://shop.example/callback",
            "scope": "read_write",
            "state": self.origin,
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }

    def _keyed(self, method: str, path: str, **parts: Any) -> Event:
        return request(method, path, headers={"Authorization": f"Bearer {self.key}"}, **parts)

    def _tokened(self, method: str, path: str, **parts: Any) -> Event:
        return request(method, path, headers={"Authorization": f"Bearer {self.token}"}, **parts)

    def _dreaming(self, path: str, body: Event) -> Event:
        return request("POST", path, headers={"X-API-KEY": self.key}, body=body)


class Partners:
    """Gives partners without end. `pages` are calls that name no partner, and load what no other call does."""

    pages = tuple(
        request("GET", path)
        for path in ("/openapi.json", "/docs", "/console/sign-in", "/claim/sign-in", "/oauth/jwks.json", "/health")
    )

    def __init__(self, platform: Platform) -> None:
        partner = platform.new_partner()
        partner.save_interaction()
        partner.announce()
        partner.add_endpoint("https://receiver.example/hook")
        presented = parse_key(partner.key)
        assert presented is not None
        self._key_id, self._client_id = presented.id, register(partner).client_id
        self._first, self._mission = partner, str(Missions(partner).answer_for())
        self._rows = list(self._of_first(partner))
        self._count = 0

    def __iter__(self) -> Iterator[Caller]:
        while True:
            self._count += 1
            yield self._copy(self._count)

    def _copy(self, number: int) -> Caller:
        names = {each: each[:-6] + f"{number:06d}" for each in (self._first.origin, self._key_id, self._client_id)}
        puts = [(table, json.loads(_renamed(text, names), object_hook=_bytes_again)) for table, text in self._rows]
        for start in range(0, len(puts), _A_BATCH):
            asked: dict[str, list[Any]] = {}
            for table, item in puts[start : start + _A_BATCH]:
                asked.setdefault(table, []).append({"PutRequest": {"Item": item}})
            aws.client("dynamodb").batch_write_item(RequestItems=asked)
        origin, client_id = names[self._first.origin], names[self._client_id]
        token = tokens.mint(
            origin=origin, client_id=client_id, grant=f"grant{number}", scopes=["read_write"], is_account=True
        )
        return Caller(origin, _renamed(self._first.key, names), client_id, token, self._mission)

    def _of_first(self, partner: Partner) -> Iterator[tuple[str, str]]:
        dynamodb = aws.client("dynamodb")
        for table in dynamodb.list_tables()["TableNames"]:
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    text = json.dumps(item, default=lambda raw: base64.b64encode(raw).decode())
                    if any(name in text for name in (partner.origin, self._key_id, self._client_id)):
                        yield table, text


def _renamed(text: str, names: dict[str, str]) -> str:
    for name, other in names.items():
        text = text.replace(name, other)
    return text


def _bytes_again(value: dict[str, Any]) -> dict[str, Any]:
    return {"B": base64.b64decode(value["B"])} if isinstance(value.get("B"), str) else value
