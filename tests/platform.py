"""The platform as tests drive it: through Chalice's test client, the admin surface and the queue pump."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse, TestHTTPClient

from chalicelib.core.egress.shared import egress
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from local import chain
from local.engine import resources
from local.queues.pump import Drained, Pump

HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER_HOLDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


class HttpClient(TestHTTPClient):
    """Chalice's, without its exchange of `os.environ`, of which calls side by side leave a stale copy behind."""

    @contextmanager
    def _patched_env_vars(self, environment_variables: Mapping[str, str]) -> Iterator[None]:
        del environment_variables  # the tests' own environment holds
        yield


class PlatformClient(Client):
    """A client whose calls may overlap."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self._http_client = HttpClient(app, self._chalice_config)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer with its body read as JSON."""

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def error_code(self) -> str:
        """The code of a Gardenlab, admin or webhooks error."""
        return str(self.json["error"]["code"])


def request_of(
    path: str, *, key: str | None, body: Any, query: Mapping[str, Any] | None, headers: Mapping[str, str] | None
) -> tuple[str, dict[str, str], bytes]:
    """The address, the headers and the body of a call."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return f"{path}?{urlencode(query, doseq=True)}" if query else path, sent, raw


class Platform:
    """The one app of the test run."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.client = PlatformClient(app)
        self.pump = Pump(app, seconds_scale=settings().seconds_scale)

    def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request; `body` may be bytes, or a value to be sent as JSON."""
        address, sent, raw = request_of(path, key=key, body=body, query=query, headers=headers)
        return answer_of(self.client.http.request(method, address, headers=sent, body=raw))

    def admin(self, method: str, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Answer:
        """A call to the admin surface, below `/admin/partners`."""
        return self.call(method, f"/admin/partners{path}", key=settings().admin_key, body=body, query=query)

    def new_partner(self, *, collection: bool = True, **settings: Any) -> "Partner":
        """A partner with a random origin, and a collection deployed for it with these settings."""
        origin = f"p{random_token(10)}"
        assert self.admin("POST", "", {"origin": origin, "display_name": origin}).status == 200
        key = self.admin("POST", f"/{origin}/keys", {"name": "test"}).json["key"]
        partner = Partner(self, origin, key)
        if collection:
            partner.add_collection("summer_party", **settings)
            partner.add_category("summer_party", "VIP")
        return partner

    def close(self) -> None:
        """Lets go of the connections that are kept for the next webhook."""
        egress().close()

    def drain(self) -> Drained:
        """Works every queue until nothing more can be received."""
        return self.pump.drain(timeout_seconds=60)

    def sweep(self) -> None:
        """Runs every schedule once."""
        for schedule in self.pump.schedules:
            self.pump.tick(schedule.name)


@dataclass(frozen=True)
class Partner:
    """A partner and its key."""

    platform: Platform
    origin: str
    key: str

    def add_collection(self, contract_id: str, **fields: Any) -> str:
        """Deploys a collection; gives its address."""
        body = {"contract_id": contract_id, "name": "Summer Party", "symbol": "PARTY", **fields}
        answer = self.platform.admin("POST", f"/{self.origin}/collections", body)
        assert answer.status == 200, answer
        return str(answer.json["contract"])

    def add_category(self, contract_id: str, user_category_id: str, **fields: Any) -> None:
        """Adds a category."""
        body = {
            "user_category_id": user_category_id,
            "name": user_category_id,
            "attributes": {"tier": "gold"},
            **fields,
        }
        answer = self.platform.admin("POST", f"/{self.origin}/collections/{contract_id}/categories", body)
        assert answer.status == 200, answer

    def post(self, route: str, body: Any, *, headers: Mapping[str, str] | None = None, query: Any = None) -> Answer:
        """POST /api/v1/{route} as it stands."""
        return self.platform.call("POST", f"/api/v1/{route}", key=self.key, body=body, headers=headers, query=query)

    def get(self, route: str, **query: Any) -> Answer:
        """GET /api/v1/{route}."""
        return self.platform.call("GET", f"/api/v1/{route}", key=self.key, query=query)

    def save_interaction(
        self, action_id: str = "checkin", *, contract_id: str = "summer_party", **fields: Any
    ) -> Answer:
        """Saves an interaction; +5 XP unless the fields say otherwise."""
        interaction = {"type": "IRL Event", "name": "Check-in", "xpIncrement": 5, "action_id": action_id, **fields}
        return self.post(
            "saveActionInteraction", {"origin": self.origin, "contract_id": contract_id, "interaction": interaction}
        )

    def announce(self, uid: str = "ada", *, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
        """Announces a user of category VIP."""
        return self.post("newUserForPartner", self.user(uid, **fields), headers=headers)

    def user(self, uid: str = "ada", **fields: Any) -> dict[str, Any]:
        """The body of an announcement."""
        return {
            "origin": self.origin,
            "email": f"{uid}@example.com",
            "uid": uid,
            "user_category_id": "VIP",
            "contract_id": "summer_party",
            **fields,
        }

    def act(
        self,
        uid: str = "ada",
        *,
        action_id: str = "checkin",
        query: Any = None,
        headers: Mapping[str, str] | None = None,
        **fields: Any,
    ) -> Answer:
        """Applies an action to a user's NFT."""
        body = {
            "origin": self.origin,
            "contract_id": "summer_party",
            "action_id": action_id,
            "guest": {"uid": uid},
            **fields,
        }
        return self.post("newActionForUser", body, query=query, headers=headers)

    def mint(
        self, uid: str = "ada", *, user_addr: str = HOLDER, headers: Mapping[str, str] | None = None, **fields: Any
    ) -> Answer:
        """Claims a user's NFT."""
        body = {
            "origin": self.origin,
            "contract_id": "summer_party",
            "email": f"{uid}@example.com",
            "uid": uid,
            "user_addr": user_addr,
            **fields,
        }
        return self.post("mintTokenForUser", body, headers=headers)

    def nft(self, token_id: str, *, contract_id: str = "summer_party") -> dict[str, Any]:
        """The NFT as the API shows it."""
        answer = self.get("getNftByTokenId", contract_id=contract_id, tokenId=token_id)
        assert answer.status == 200, answer
        return dict(answer.json)

    def scans(self, token_id: str) -> list[dict[str, Any]]:
        """The token's scans."""
        return list(
            self.get(
                "getAllInteractionScansForToken", origin=self.origin, contract_id="summer_party", tokenId=token_id
            ).json
        )

    def transactions(self, token_id: str) -> list[dict[str, Any]]:
        """The token's final transactions."""
        return list(
            self.get("getBlockchainTxForToken", origin=self.origin, contract_id="summer_party", token_id=token_id).json
        )

    def add_endpoint(self, url: str, **fields: Any) -> dict[str, Any]:
        """Registers a webhook endpoint."""
        answer = self.platform.call("POST", "/webhooks/endpoints", key=self.key, body={"url": url, **fields})
        assert answer.status == 200, answer
        return dict(answer.json)


def answer_of(response: HTTPResponse) -> Answer:
    """Reads the body as JSON where it is JSON, else as text."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    text = response.body.decode()
    is_json = "json" in str(headers.get("content-type", ""))
    return Answer(response.status_code, json.loads(text) if is_json else text, headers)


@lru_cache(maxsize=1)
def start_platform() -> Platform:
    """Makes tables, queues and the chain once a run, and loads the app."""
    resources.create_missing()
    chain.start_chain()
    chain.fund_signer()
    from app import app

    return Platform(app)
