"""Zealy: POST with the user's accounts; 200 for done and 400 for not done, both with a `message`.

Source: https://zealy.io/docs/tasks/api
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.activity.domain import IdentityKind
from chalicelib.core.errors import BadRequest
from chalicelib.space3.domain.answers import BadResponse, Reading, object_of, yes_or_no
from chalicelib.space3.domain.asking import Call, Dialect, Question, Verdict, json_bytes, windowed
from chalicelib.space3.domain.templates import MissingIdentity

_ANSWERS = {200: True, 400: False}


class Zealy(BaseModel):
    """Zealy's answer; the status says whether the mission is done."""

    message: str = Field(description="The verdict as a sentence.")


class Account(BaseModel):
    """An account elsewhere."""

    model_config = ConfigDict(extra="allow")

    id: Any = Field(default=None, description="The account's id.")


class Accounts(BaseModel):
    """A user's accounts, as Zealy sends them."""

    model_config = ConfigDict(extra="allow")

    email: Any = Field(default=None, description="The user's e-mail address.")
    wallet: Any = Field(default=None, description="The user's wallet.")
    discord: Account | Any = Field(default=None, description="The account on Discord.")
    twitter: Account | Any = Field(default=None, description="The account on X.")
    telegram: Account | Any = Field(default=None, description="The account on Telegram.")
    zealy_connect: Any = Field(default=None, alias="zealy-connect", description="The partner's own id of the user.")


class ZealyQuestion(BaseModel):
    """What Zealy asks; fields that are not known here are passed over."""

    model_config = ConfigDict(extra="allow")

    accounts: Accounts = Field(description="The user's accounts; those that are not known here are passed over.")
    userId: Any = Field(default=None, description="The user at Zealy.")
    communityId: Any = Field(default=None, description="The community at Zealy.")
    subdomain: Any = Field(default=None, description="Zealy's subdomain.")
    questId: Any = Field(default=None, description="The quest at Zealy.")
    requestId: Any = Field(default=None, description="Names the call at Zealy.")


class ZealyDialect(Dialect):
    """Zealy's API task. Its key is the mission's header `x-api-key`."""

    title = "Zealy"
    answers = Zealy
    asks = ZealyQuestion
    asks_by = "POST"
    statuses = frozenset(_ANSWERS)

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
        if not isinstance(object_of(body).get("message"), str):
            raise BadResponse("message is not a string.")
        return yes_or_no(_ANSWERS[status])

    def answer(self, is_done: bool) -> Verdict:
        """200 or 400; the message is shown to the user."""
        if is_done:
            return Verdict(200, {"message": "Quest completed"})
        return Verdict(400, {"message": "Quest not completed yet"})

    def identities(self, body: Any) -> list[tuple[IdentityKind, Any]]:
        """The accounts; those of a form that nobody knows are passed over."""
        accounts = body.get("accounts") if isinstance(body, dict) else None
        if not isinstance(accounts, dict):
            raise BadRequest("accounts: must be an object", param="accounts")
        return [
            ("email", accounts.get("email")),
            ("wallet", accounts.get("wallet")),
            ("uid", accounts.get("zealy-connect")),
            ("discord", _id_of(accounts.get("discord"))),
            ("x", _id_of(accounts.get("twitter"))),
            ("telegram", _id_of(accounts.get("telegram"))),
        ]


def _accounts(question: Question) -> dict[str, Any]:
    identities = question.identities
    accounts: dict[str, Any] = {name: identities.get(name) for name in ("email", "wallet")}
    accounts["discord"] = {"id": identities["discordId"]} if identities.get("discordId") else None
    accounts["twitter"] = {"id": identities["xId"]} if identities.get("xId") else None
    accounts["telegram"] = {"id": identities["telegramId"]} if identities.get("telegramId") else None
    return {name: value for name, value in accounts.items() if value}


def _id_of(account: Any) -> Any:
    return account.get("id") if isinstance(account, dict) else None


DIALECT = ZealyDialect()
