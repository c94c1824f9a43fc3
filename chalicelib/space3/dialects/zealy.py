"""Zealy: POST with the user's accounts; 200 for done and 400 for not done, both with a `message`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.core.errors import BadRequest
from chalicelib.core.schemas import Name, Wire
from chalicelib.space3.domain.answers import BadResponse, Reading, object_of, yes_or_no
from chalicelib.space3.domain.asked import Named, as_anything, as_kind
from chalicelib.space3.domain.asking import Call, Question, post
from chalicelib.space3.domain.dialect import SECRET_HINT, Dialect, Setting, Tally, Verdict
from chalicelib.space3.domain.templates import MissingIdentity

_ANSWERS = {200: True, 400: False}


class ZealyOptions(Wire):
    """What Zealy tells a partner of itself."""

    community_id: Name = Field(description="Zealy's community.")
    subdomain: Name = Field(description="Zealy's subdomain.")
    quest_id: Name = Field(description="Zealy's quest.")


class Zealy(BaseModel):
    """Zealy's answer; the status says whether the mission is done."""

    message: str = Field(description="The verdict, or what is wrong, as a sentence.")


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
    zealy_connect: Any = Field(
        default=None, alias="zealy-connect", description="The partner's own id of the user, or a wallet."
    )


class ZealyQuestion(BaseModel):
    """What Zealy asks; fields that are not known here are passed over."""

    model_config = ConfigDict(extra="allow")

    accounts: Accounts = Field(description="The user's accounts; those that are not known here are passed over.")
    userId: Any = Field(default=None, description="The user at Zealy.")
    communityId: Any = Field(default=None, description="The community at Zealy.")
    subdomain: Any = Field(default=None, description="Zealy's subdomain.")
    questId: Any = Field(default=None, description="The quest at Zealy.")
    requestId: Any = Field(default=None, description="Names the call at Zealy.")


def _as_partners_id(value: str) -> list[Named]:
    """The partner's own id of the user; where it looks like a wallet or an e-mail address, that too."""
    bare = value.strip("'\"")
    alike = [named for named in as_anything(bare) if named[0] in ("wallet", "email")]
    return [("uid", value), ("uid", bare), *alike]


class ZealyDialect(Dialect):
    """Zealy's API task. Its key is the mission's header `x-api-key`. Every refusal is 400, whose message is shown."""

    title = "Zealy"
    source = "https://zealy.io/docs/tasks/api"
    answers = Zealy
    asks = ZealyQuestion
    asks_example: ClassVar = {
        "userId": "4f1c",
        "communityId": "spacex",
        "subdomain": "spacex",
        "questId": "q1",
        "requestId": "r1",
        "accounts": {"email": "ada@example.com", "discord": {"id": "80351110224678912", "handle": "ada"}},
    }
    asks_by = ("POST",)
    refuses_with = BadRequest
    options = ZealyOptions
    statuses = frozenset(_ANSWERS)
    address_field = "Endpoint"
    secret_setting = Setting("API Key", SECRET_HINT)
    identifiers: ClassVar = {
        "zealy-connect": _as_partners_id,
        "discord": as_kind("discord"),
        "twitter": as_kind("x"),
        "telegram": as_kind("telegram"),
    }

    def prepare(self, question: Question) -> Call:
        """A POST with every account that the user has. Raises `MissingIdentity` where there is none."""
        accounts = _accounts(question.identities)
        if not accounts:
            raise MissingIdentity("accounts")
        options = question.options
        body = {
            "userId": question.identities.get("uid"),
            "communityId": options.get("community_id"),
            "subdomain": options.get("subdomain"),
            "questId": options.get("quest_id"),
            "requestId": question.request_id,
            "accounts": accounts,
        }
        return post(question, body)

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """By the status; the message must be there."""
        del question
        if not isinstance(object_of(body).get("message"), str):
            raise BadResponse("message is not a string.")
        return yes_or_no(_ANSWERS[status])

    def answer(self, tally: Tally) -> Verdict:
        """200 or 400; the message is shown to the user."""
        if tally.is_done:
            return Verdict(200, {"message": "Quest completed"})
        return Verdict(400, {"message": "Quest not completed yet"})

    def fields_of(self, body: Any) -> Mapping[str, Any]:
        """The accounts, each by its id; accounts of an unknown form are left out."""
        accounts = super().fields_of(body).get("accounts")
        if not isinstance(accounts, dict):
            raise BadRequest("accounts: must be an object", param="accounts")
        return {
            name: account.get("id") if isinstance(account, dict) else account
            for name, account in accounts.items()
            if isinstance(account, dict) or name in ("email", "wallet", "zealy-connect")
        }


def _accounts(identities: Mapping[str, str | None]) -> dict[str, Any]:
    accounts: dict[str, Any] = {name: identities.get(name) for name in ("email", "wallet")}
    if discord := identities.get("discordId"):
        accounts["discord"] = {"id": discord, "handle": identities.get("discordUsername")}
    if twitter := identities.get("xId"):
        accounts["twitter"] = {"id": twitter, "username": identities.get("xUsername")}
    if telegram := identities.get("telegramId"):
        accounts["telegram"] = {"id": telegram}
    return {name: value for name, value in accounts.items() if value}


DIALECT = ZealyDialect()
