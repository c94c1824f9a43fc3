"""Zealy: POST with the user's accounts; 200 for done and 400 for not done, both with a `message`.

Source: https://zealy.io/docs/tasks/api
"""

from typing import Any, Literal

from chalicelib.space3.dialects.asking import Call, Question, Verdict, json_bytes, windowed
from chalicelib.space3.domain.answers import BadResponse, Reading, object_of, yes_or_no
from chalicelib.space3.domain.templates import MissingIdentity

_ANSWERS = {200: True, 400: False}


class Zealy:
    """Zealy's API task. Its key is the mission's header `x-api-key`."""

    asks_by: Literal["GET", "POST"] = "POST"

    def prepare(self, question: Question) -> Call:
        """A POST with every account that the user has; without any, somebody unknown would be asked about."""
        url, shown = windowed(question)
        accounts = _accounts(question)
        if not accounts:
            raise MissingIdentity("accounts")
        body = {
            "userId": question.identities.get("uid"),
            "communityId": question.zealy.get("community_id"),
            "subdomain": question.zealy.get("subdomain"),
            "questId": question.zealy.get("quest_id"),
            "requestId": question.request_id,
            "accounts": accounts,
        }
        return Call("POST", url, shown, json_bytes(body))

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """By the status; the message must be there."""
        del question
        if status not in _ANSWERS:
            raise BadResponse(f"The answer's status is {status}, neither 200 nor 400.")
        if not isinstance(object_of(body).get("message"), str):
            raise BadResponse("message is not a string.")
        return yes_or_no(_ANSWERS[status])

    def answer(self, is_done: bool) -> Verdict:
        """200 or 400; the message is shown to the user."""
        if is_done:
            return Verdict(200, {"message": "Quest completed"})
        return Verdict(400, {"message": "Quest not completed yet"})


def _accounts(question: Question) -> dict[str, Any]:
    identities = question.identities
    accounts: dict[str, Any] = {name: identities.get(name) for name in ("email", "wallet")}
    accounts["discord"] = {"id": identities["discordId"]} if identities.get("discordId") else None
    accounts["twitter"] = {"id": identities["xId"]} if identities.get("xId") else None
    accounts["telegram"] = {"id": identities["telegramId"]} if identities.get("telegramId") else None
    return {name: value for name, value in accounts.items() if value}
