"""Partners as mission platforms ask them, each written from the platform's public page alone.

Each takes a request as it came and gives status and body. It knows who has done the mission by a user's own words of
the platform; a request that the page does not describe is answered by 500, which tells nobody anything.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.outside.askers import Person


class Asked(NamedTuple):
    """A request as it came; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """The parameters."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


Answered = tuple[int, bytes]
Partner = Callable[[Asked], Answered]
PARTNERS_SECRET = "the-partners-own-key"


def partner(answer: Callable[[Asked], tuple[int, Any]]) -> Partner:
    """A partner whose answers are JSON, and who fails where a request is not what the page says."""

    def answered(asked: Asked) -> Answered:
        try:
            status, content = answer(asked)
        except (AssertionError, KeyError, ValueError) as error:
            return 500, json.dumps({"message": f"{type(error).__name__}: {error}"}).encode()
        return status, json.dumps(content).encode()

    return answered


def space3(done: Person) -> Partner:
    """`/<Email>/1?wallet=<wallet>` with an x-api-key, and the window as fromDate and toDate."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.method == "GET"
        assert asked.headers["x-api-key"] == PARTNERS_SECRET
        assert asked.query["fromDate"] < asked.query["toDate"]
        return 200, {"success": asked.query["wallet"].lower() == done.wallet.lower()}

    return partner(answer)


def galxe(done: Person) -> Partner:
    """Lowercased addresses by GET or POST; an expression reads `data.is_ok`."""

    def answer(asked: Asked) -> tuple[int, Any]:
        given = asked.query["wallet"] if asked.method == "GET" else json.loads(asked.body)["check_user_address"]
        assert given == given.lower()
        assert "fromDate" not in asked.query
        return 200, {"data": {"is_ok": given.removeprefix("0x") == done.wallet.lower().removeprefix("0x")}}

    return partner(answer)


def zealy(done: Person) -> Partner:
    """All fields of the page are there; 400 with a message for a wrong key as well."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.method == "POST"
        if asked.headers.get("x-api-key") != PARTNERS_SECRET:
            return 400, {"message": "Invalid API key"}
        body = json.loads(asked.body)
        for name in ("userId", "communityId", "subdomain", "questId", "requestId"):
            assert isinstance(body[name], str), name
        accounts = body["accounts"]
        assert {"id", "handle"} <= set(accounts["discord"])
        assert {"id", "username"} <= set(accounts["twitter"])
        if accounts["email"] == done.email:
            return 200, {"message": "User completed the action"}
        return 400, {"message": "Validation failed, user didn't complete the action"}

    return partner(answer)


def questn(done: Person) -> Partner:
    """An open API: no key; "no" has an error of code 0 beside it."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert set(asked.query) == {"address"}
        if asked.query["address"].lower() == done.wallet.lower():
            return 200, {"data": {"result": True}}
        return 200, {"error": {"code": 0, "message": "error message"}, "data": {"result": False}}

    return partner(answer)


def taskon(done: Person) -> Partner:
    """The demo's answer, which always has `error`; the identifier comes in lower case."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert asked.headers["authorization"] == f"Bearer {PARTNERS_SECRET}"
        assert set(asked.query) == {"address"}
        assert asked.query["address"] == asked.query["address"].lower()
        return 200, {"result": {"isValid": asked.query["address"] == done.wallet.lower()}, "error": None}

    return partner(answer)


def taskon_points(done: Person) -> Partner:
    """A performance-based task: points alone."""

    def answer(asked: Asked) -> tuple[int, Any]:
        return 200, {"result": {"point": 100 if asked.query["address"] == done.wallet.lower() else 0}}

    return partner(answer)


def intract(done: Person) -> Partner:
    """POST without any query; only the keys of the task."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert (asked.method, asked.query) == ("POST", {})
        body = json.loads(asked.body)
        assert set(body) == {"address", "twitter"}
        assert body["address"] == body["address"].lower()
        is_done = (body["address"], body["twitter"]) == (done.wallet.lower(), done.x_id)
        return 200, {"error": {"code": 0, "message": ""}, "data": {"result": is_done}}

    return partner(answer)


def carv(done: Person) -> Partner:
    """One identifier, and the quest's time in milliseconds."""

    def answer(asked: Asked) -> tuple[int, Any]:
        assert set(asked.query) == {"address", "begin_time", "end_time"}
        assert int(asked.query["begin_time"]) < int(asked.query["end_time"])
        return 200, {"result": {"isValid": asked.query["address"].lower() == done.wallet.lower()}}

    return partner(answer)


def failing(_: Person) -> Partner:
    """A partner whose own machinery fails, and who says so with 200, as these pages let one."""
    error = {"code": 500, "message": "the database is away"}
    return partner(lambda _: (200, {"error": error, "data": {"result": False}, "result": {"isValid": False}}))
