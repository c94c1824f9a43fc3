"""Mission platforms as they ask a partner, each written from its public page alone.

`registers` does what the platform does when a mission is set up there, `verifies` what it does when a user asks to be
verified. Both fail where the partner does not keep to what the page demands.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import requests

_GALXE: Final = "https://dashboard.galxe.com"
_PATIENCE_SECONDS: Final = 60


class Misunderstood(AssertionError):
    """The partner's answer is not what the platform's page demands."""


class Person(NamedTuple):
    """A user of the platforms: what they know of one."""

    email: str
    wallet: str
    discord_id: str
    x_id: str
    x_handle: str
    telegram_id: str


class Space3:
    """GET a pattern whose placeholders are filled; an x-api-key; a boolean and no other field."""

    def verifies(self, pattern: str, person: Person, *, secret: str) -> bool:
        """Whether the partner says that it is done."""
        address = pattern.replace("<Email>", person.email).replace("<wallet>", person.wallet)
        answer = requests.get(address, headers={"x-api-key": secret}, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code == 200, answer)
        _demand(set(answer.json()) == {"success"} and isinstance(answer.json()["success"], bool), answer)
        return bool(answer.json()["success"])


class Galxe:
    """`$address` in the address or the body, lowercased; JSON; an expression that makes 1 or 0 of it; CORS."""

    def registers(self, endpoint: str, method: str) -> None:
        """The check when a credential is saved: a preflight of the address as it stands, placeholders unfilled."""
        asked = {
            "Origin": _GALXE,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "Content-Type",
        }
        answer = requests.options(endpoint, headers=asked, timeout=_PATIENCE_SECONDS, allow_redirects=False)
        _demand(answer.status_code in (200, 204), answer)
        _demand(answer.headers.get("access-control-allow-origin") in ("*", _GALXE), answer)
        methods = answer.headers.get("access-control-allow-methods", "").replace(" ", "").split(",")
        _demand({method, "OPTIONS"} <= set(methods), answer)
        headers = answer.headers.get("access-control-allow-headers", "").lower().replace(" ", "").split(",")
        _demand("content-type" in headers or "*" in headers, answer)

    def verifies(
        self, endpoint: str, value: str, *, secret: str, body: Mapping[str, str] | None = None, path: str | None = None
    ) -> bool:
        """Whether the expression, which reads `path` of the answer or all of it, makes 1 of it."""
        headers = {"x-api-key": secret, "Origin": _GALXE}
        value = value.lower() if value.startswith("0x") else value

        def filled(text: str) -> str:
            without = value.removeprefix("0x")
            return text.replace("$addressWithout0x", without).replace("$address", value).replace("$value", value)

        if body is None:
            answer = requests.get(filled(endpoint), headers=headers, timeout=_PATIENCE_SECONDS)
        else:
            sent: dict[str, Any] = {name: filled(text) for name, text in body.items()}
            answer = requests.post(filled(endpoint), json=sent, headers=headers, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code == 200, answer)
        _demand("access-control-allow-origin" in answer.headers, answer)
        found = answer.json() if path is None else answer.json()[path]
        _demand(type(found) is int and found in (0, 1), answer)
        return bool(found)


class Zealy:
    """POST of the user's accounts with an x-api-key; 200 or 400, and a message for the user."""

    def verifies(self, endpoint: str, accounts: Mapping[str, Any], *, secret: str) -> tuple[bool, str]:
        """Whether the partner says that it is done, and what the user is shown."""
        body: Any = {
            "userId": "f0d2b6f5-9a64-4f6e-8f47-1f5b0f4c8d5a",
            "communityId": "2d1f3a8e-6a9b-4c7d-8e5f-0a1b2c3d4e5f",
            "subdomain": "acme",
            "questId": "7b6a5948-3726-4150-8f9e-8d7c6b5a4938",
            "requestId": "9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a",
            "accounts": dict(accounts),
        }
        answer = requests.post(endpoint, json=body, headers={"x-api-key": secret}, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code in (200, 400), answer)
        message = answer.json().get("message")
        _demand(isinstance(message, str) and bool(message), answer)
        return answer.status_code == 200, message


class QuestN:
    """GET `?address=` of an EVM wallet; always 200; a boolean at data.result."""

    def verifies(self, endpoint: str, wallet: str) -> bool:
        """Whether the partner says that it is done. The platform knows of no key: the API must be open."""
        answer = requests.get(endpoint, params={"address": wallet}, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code == 200, answer)
        result = answer.json()["data"]["result"]
        _demand(isinstance(result, bool), answer)
        return bool(result)


class TaskOn:
    """GET `?address=` of any identifier in lower case, perhaps with a Bearer token; always 200."""

    def verifies(self, endpoint: str, identifier: str, *, token: str | None) -> bool:
        """A completion-based task: the boolean at result.isValid."""
        answer = self._asked(endpoint, identifier, token)
        result = answer.json()["result"]["isValid"]
        _demand(isinstance(result, bool), answer)
        return bool(result)

    def points(self, endpoint: str, identifier: str, *, token: str | None) -> int:
        """A performance-based task: the integer at result.point."""
        answer = self._asked(endpoint, identifier, token)
        point = answer.json()["result"]["point"]
        _demand(type(point) is int and point >= 0, answer)
        return int(point)

    def _asked(self, endpoint: str, identifier: str, token: str | None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        query = {"address": identifier.lower()}
        answer = requests.get(endpoint, params=query, headers=headers, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code == 200, answer)
        return answer


class Intract:
    """POST or GET of the keys that the task needs; an error whose code 0 is none, and a boolean at data.result."""

    def verifies(self, endpoint: str, keys: Mapping[str, str], *, secret: str, method: str = "POST") -> bool:
        """Whether the partner says that it is done."""
        headers, given = {"x-api-key": secret}, dict(keys)
        if method == "POST":
            answer = requests.post(endpoint, json=given, headers=headers, timeout=_PATIENCE_SECONDS)
        else:
            answer = requests.get(endpoint, params=given, headers=headers, timeout=_PATIENCE_SECONDS)
        _demand(answer.status_code == 200, answer)
        whole = answer.json()
        _demand(whole["error"]["code"] == 0, answer)
        _demand(isinstance(whole["data"]["result"], bool), answer)
        return bool(whole["data"]["result"])


class Carv:
    """GET of one identifier with the quest's time in milliseconds; a boolean at result.isValid, and no error."""

    def verifies(self, endpoint: str, name: str, value: str, *, secret: str, begin: int, end: int) -> bool:
        """Whether the partner says that it is done."""
        query = {name: value, "begin_time": str(begin), "end_time": str(end)}
        answer = requests.get(endpoint, params=query, headers={"x-api-key": secret}, timeout=_PATIENCE_SECONDS)
        _demand("error" not in answer.json(), answer)
        result = answer.json()["result"]["isValid"]
        _demand(isinstance(result, bool), answer)
        return bool(result)


def _demand(kept: bool, answer: requests.Response) -> None:
    if not kept:
        headers = json.dumps(dict(answer.headers))
        raise Misunderstood(f"{answer.status_code} {headers} {answer.text[:500]}")
