"""An account of the Spaces API, and what its tests do in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.oauth.flows import FORM, Application, register
from tests.platform import Answer, Partner, Platform

ITEM: dict[str, Any] = {"item_id": "sku-1", "description": "Chair", "quantity": 2, "unit_amount": 500}


@dataclass(frozen=True)
class Account:
    """An account whose own application writes."""

    partner: Partner
    application: Application
    token: str
    platform: Platform

    @property
    def origin(self) -> str:
        """Its name as a partner."""
        return self.partner.origin

    def through(self, platform: Platform) -> "Account":
        """The same account, called another way."""
        return Account(self.partner, self.application, self.token, platform)

    def call(
        self, method: str, path: str, body: Any = None, *, query: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A call below `/api/v1`; bytes are sent as a form."""
        form = FORM if isinstance(body, bytes) else {}
        return self.platform.call(
            method, f"/api/v1{path}", key=self.token, body=body, query=query, headers={**form, **(headers or {})}
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """What a GET answers."""
        answer = self.call("GET", path, query=query)
        assert answer.status == 200, answer
        return dict(answer.json)

    def post(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """What a POST answers."""
        answer = self.call("POST", path, body, headers=headers)
        assert answer.status == 200, answer
        return dict(answer.json)

    def ids(self, path: str, **query: Any) -> list[Any]:
        """The ids of a list's page."""
        return [item["id"] for item in self.get(path, **query)["data"]]

    def space(self, **fields: Any) -> int:
        """A new space; gives its number."""
        return int(self.post("/spaces", fields)["n"])

    def customer(self, **fields: Any) -> dict[str, Any]:
        """A new customer of space 1."""
        return self.post("/customers", {"name": "Ada", "email": "ada@example.com", "space": 1, **fields})

    def invoice(self, customer: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """A new invoice of 10.00 EUR."""
        return self.post("/invoices", self.order(customer, **fields))

    def subscription(self, customer: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """A new subscription of 10.00 EUR."""
        return self.post("/subscriptions", self.order(customer, **fields))

    def order(self, customer: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
        """The body of an invoice or a subscription."""
        return {"customer": customer["id"], "currency": "EUR", "items": [ITEM], **fields}

    def captured(self, **fields: Any) -> dict[str, Any]:
        """A newly captured address in space 1."""
        return self.post("/captured_emails", {"email": "eve@example.com", "space": 1, **fields})

    def hook(self, target_url: str, event: str = "customer.created") -> dict[str, Any]:
        """A new REST hook."""
        return self.post("/resource_subscriptions", {"event": event, "target_url": target_url})

    def event_types(self) -> list[str]:
        """The types of its events, oldest first."""
        return [event["type"] for event in self.get("/events", limit=100)["data"]][::-1]


def new_account(platform: Platform, *, spaces: int = 1) -> Account:
    """A fresh account with this many spaces."""
    partner = platform.new_partner(collection=False)
    application = register(partner)
    account = Account(partner, application, application.own_token(), platform)
    for _ in range(spaces):
        account.space()
    return account
