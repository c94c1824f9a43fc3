"""An application and an account on their way through OAuth."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalicelib.core.credentials import CredentialRefused
from chalicelib.oauth import service
from chalicelib.partners.domain import Credential
from tests.platform import Answer, Partner, Platform

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CALLBACK = "https://shop.example/callback"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def basic(name: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def callback_of(answer: Answer) -> dict[str, str]:
    """What an answer leads back to the application with."""
    assert answer.status == 302, answer
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


@dataclass(frozen=True)
class Application:
    """A registered application."""

    platform: Platform
    origin: str
    client_id: str
    client_secret: str | None

    @property
    def header(self) -> dict[str, str]:
        """Its credentials by HTTP Basic; none where it has none."""
        return basic(self.client_id, self.client_secret) if self.client_secret else {}

    def token(self, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
        """A request to the token endpoint with the application's credentials."""
        own = {} if self.client_secret else {"client_id": self.client_id}
        return post(
            self.platform, "/oauth/token", {**own, **fields}, headers=self.header if headers is None else headers
        )

    def revoke(self, token: str) -> Answer:
        """Revokes a token."""
        own = {} if self.client_secret else {"client_id": self.client_id}
        return post(self.platform, "/oauth/revoke", {"token": token, **own}, headers=self.header)

    def redeem(self, code: str, **fields: Any) -> Answer:
        """Gives a code back, as it was asked for by `Request`."""
        asked: dict[str, Any] = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER, **fields}
        return self.token(grant_type="authorization_code", code=code, **asked)

    def refresh(self, token: str, **fields: Any) -> Answer:
        """Gives a refresh token back."""
        return self.token(grant_type="refresh_token", refresh_token=token, **fields)

    def own_token(self, scope: str = "read_write") -> str:
        """An access token for itself."""
        answer = self.token(grant_type="client_credentials", scope=scope)
        assert answer.status == 200, answer
        return str(answer.json["access_token"])

    def tokens_of(self, account: Partner, **asked: str) -> dict[str, Any]:
        """The tokens that an account's consent gives."""
        answer = self.redeem(Request(self, asked).allowed_by(account.key)["code"])
        assert answer.status == 200, answer
        return dict(answer.json)


@dataclass(frozen=True)
class Request:
    """An authorization request; a parameter of None is left out."""

    application: Application
    changes: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """Its parameters."""
        complete = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": CALLBACK,
            "scope": "read_write",
            "state": "state of the client",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**complete, **self.changes}.items() if value is not None}

    def shown(self) -> Answer:
        """The page it opens, or the way back."""
        return self.application.platform.call("GET", "/oauth/authorize", query=self.query)

    def answered(self, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
        """The form sent."""
        path = f"/oauth/authorize?{urlencode(self.query)}"
        return post(self.application.platform, path, fields, headers=headers)

    def signed_in(self, key: str) -> str:
        """The ticket on the page of consent."""
        answer = self.answered(api_key=key)
        assert answer.status == 200, answer
        found = _TICKET.search(answer.json)
        assert found is not None
        return found[1]

    def allowed_by(self, key: str) -> dict[str, str]:
        """What leads back once the account has signed in and said yes."""
        return callback_of(self.answered(ticket=self.signed_in(key), decision="allow"))


def post(
    platform: Platform, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None
) -> Answer:
    """Sends a form."""
    return platform.call("POST", path, body=urlencode(fields).encode(), headers={**FORM, **(headers or {})})


def register(partner: Partner, **fields: Any) -> Application:
    """A confidential application with every scope, unless the fields say otherwise."""
    body = {
        "name": "The Shop",
        "redirect_uris": [CALLBACK],
        "scopes": ["read_only", "read_write", "missions"],
        **fields,
    }
    answer = partner.platform.admin("POST", f"/{partner.origin}/oauth_clients", body)
    assert answer.status == 200, answer
    return Application(partner.platform, partner.origin, answer.json["client_id"], answer.json["client_secret"])


def holder_of(token: str) -> Credential | None:
    """Whose an access token is; None for one that is refused."""
    try:
        return service.authenticate(token)
    except CredentialRefused:
        return None
