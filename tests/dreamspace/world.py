"""A partner's Dreamspace as tests drive it, and complete bodies to begin from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import pytest

from tests.platform import Answer, Partner, Platform, answer_of

MAX_INTEGER = 2**53 - 1


@dataclass(frozen=True)
class Dream:
    """One partner's Dreamspace."""

    platform: Platform
    partner: Partner

    @property
    def origin(self) -> str:
        """The partner."""
        return self.partner.origin

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        """Sends a request with the partner's key."""
        key = {"X-API-KEY": self.partner.key}
        return self.platform.call(method, path, body=body, query=query, headers={**key, **(headers or {})})

    def get(self, path: str, **query: Any) -> Any:
        """What a GET answers with 200."""
        return self._ok(self.call("GET", path, **query))

    def post(self, path: str, body: Any) -> Any:
        """What a POST answers with 200."""
        return self._ok(self.call("POST", path, body))

    def put(self, path: str, body: Any) -> Any:
        """What a PUT answers with 200."""
        return self._ok(self.call("PUT", path, body))

    def patch(self, path: str, body: Any) -> Any:
        """What a PATCH answers with 200."""
        return self._ok(self.call("PATCH", path, body))

    def delete(self, path: str) -> Any:
        """What a DELETE answers with 200."""
        return self._ok(self.call("DELETE", path))

    def refused(self, status: int, method: str, path: str, body: Any = None, **query: Any) -> str:
        """The sentence of a refusal, which is plain text."""
        answer = self.call(method, path, body, **query)
        assert answer.status == status, (method, path, answer)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert isinstance(answer.json, str)
        assert answer.json.strip()
        with pytest.raises(ValueError):  # noqa: PT011  never JSON
            json.loads(answer.json)
        assert len(answer.json) <= 300, answer.json
        assert not [each for each in answer.json if category(each) in ("Cc", "Zl", "Zp")], answer.json
        return answer.json

    def walked(self, path: str, **query: Any) -> list[list[Any]]:
        """Every page of a list, by its `Link` headers."""
        pages = []
        answer = self.call("GET", path, **query)
        while True:
            pages.append(self._ok(answer))
            link = answer.headers.get("link")
            if link is None:
                return pages
            address, _, relation = str(link).partition(">")
            assert relation == '; rel="next"'
            target = address.removeprefix("<http://spacegarden.test")
            response = self.platform.client.http.request("GET", target, headers={"X-API-KEY": self.partner.key})
            answer = answer_of(response)

    def user(self, twitch_id: str | None = None, name: str | None = "ada", **fields: Any) -> Any:
        """A user."""
        return self.post("/users", {"twitch_id": twitch_id, "name": name, **fields})

    def document(self, *types: str, **fields: Any) -> Any:
        """A document, with stamps of these types."""
        return self.post("/documents", document(stamps=[stamp(kind) for kind in types], **fields))

    def event(self, **fields: Any) -> Any:
        """A plain event."""
        return self.post("/events", event(**fields))

    def _ok(self, answer: Answer) -> Any:
        assert answer.status == 200, answer
        return answer.json


def new_dream(platform: Platform) -> Dream:
    """The Dreamspace of a partner of its own."""
    return Dream(platform, platform.new_partner(collection=False))


def stamp(stamp_type: str = "approve", **fields: Any) -> dict[str, Any]:
    """A stamp's body without its document."""
    return {"stamp_type": stamp_type, "pos_x": 1, "pos_y": -2, "rotation": 0.5, **fields}


def document(**fields: Any) -> dict[str, Any]:
    """A document's body."""
    return {"document_data": "aGVsbG8=", "seal": 1, **fields}


def event(**fields: Any) -> dict[str, Any]:
    """A plain event's body; its user must be given."""
    return {
        "user_name": "ada",
        "occurred_at": "2025-06-08T20:12:00+10:00",
        "event_type": "plain",
        "message": "hello",
        **fields,
    }


def compact(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
