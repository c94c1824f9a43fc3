"""Intract: POST or GET with the fields that the task needs; QuestN's answer, with an error whose code 0 means none."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, Field

from chalicelib.core.schemas import Wire
from chalicelib.space3.domain.asked import AskedWindow, as_kind, as_wallet, window_of
from chalicelib.space3.domain.asking import Call, Question, get, post
from chalicelib.space3.domain.dialect import SECRET_HINT, FlagDialect, Setting, Tally, Verdict
from chalicelib.space3.domain.templates import MissingIdentity
from chalicelib.space3.domain.windows import iso_millis

Key = Literal["address", "twitter", "discord", "telegram", "email"]
_PLACES: Final[Mapping[str, str]] = {
    "address": "wallet",
    "twitter": "xId",
    "discord": "discordUsername",
    "telegram": "telegramId",
    "email": "email",
}
_START, _END = "startTimestamp", "endTimestamp"
# Its end is the last moment of the window, ours the first behind it.
_MILLISECOND: Final = timedelta(milliseconds=1)


class IntractOptions(Wire):
    """How a task is verified."""

    method: Literal["POST", "GET"] = Field(default="POST", description="How the partner is asked.")
    keys: Annotated[list[Key], Field(min_length=1, max_length=5)] = Field(
        default=["address"], description="What the user is named by; all of them are sent."
    )


class IntractError(BaseModel):
    """No error."""

    code: Literal[0] = Field(description="0: no error.")
    message: str = Field(description="Empty.")


class IntractResult(BaseModel):
    """The result."""

    result: bool = Field(description="Whether the mission is done.")


class Intract(BaseModel):
    """Intract's answer."""

    error: IntractError = Field(description="Says that there is no error.")
    data: IntractResult = Field(description="The answer.")


class IntractQuestion(BaseModel):
    """What Intract asks: the fields that the task needs."""

    address: str | None = Field(default=None, description="The user's wallet, in lower case.")
    twitter: str | int | None = Field(default=None, description="The user's id on X.")
    twitterHandle: str | None = Field(default=None, description="The user's handle on X.")
    discord: str | None = Field(default=None, description="The user's name on Discord.")
    discordId: str | int | None = Field(default=None, description="The user's id on Discord.")
    telegram: str | int | None = Field(default=None, description="The user's id on Telegram.")
    email: str | None = Field(default=None, description="The user's e-mail address.")
    startTimestamp: str | None = Field(
        default=None, description="Recurring tasks: ISO 8601, what was done before does not count."
    )
    endTimestamp: str | None = Field(
        default=None, description="Recurring tasks: ISO 8601, the last millisecond that counts."
    )


class IntractDialect(FlagDialect):
    """Intract's API task."""

    title = "Intract"
    source = "https://docs.intract.io/product-guide/tools-guides/integrate-apis/for-devs"
    answers = Intract
    asks = IntractQuestion
    asks_example: ClassVar = {"address": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"}
    asks_by = ("GET", "POST")
    outer, inner = "data", "result"
    options = IntractOptions
    address_field = "Endpoint"
    more_settings = (
        Setting("API Method", "POST"),
        Setting("Payload Method", "Body"),
        Setting("Payload", "Wallet Address"),
    )
    secret_setting = Setting("Custom Headers", f"x-api-key: {SECRET_HINT}")
    identifiers: ClassVar = {
        "address": as_wallet,
        "twitter": as_kind("x"),
        "twitterhandle": as_kind("x"),
        "discord": as_kind("discord"),
        "telegram": as_kind("telegram"),
    }

    def prepare(self, question: Question) -> Call:
        """The keys of the task in the body, or in the query; a recurring mission's window with them."""
        identities = question.with_lower_wallet().identities
        fields: dict[str, str] = {}
        for key in question.options.get("keys", ["address"]):
            value = identities.get(_PLACES[key])
            if not value:
                raise MissingIdentity(key)
            fields[key] = value
        times = {}
        if question.recurrence != "once" or question.sends_window:
            last = question.window.end - _MILLISECOND
            times = {_START: iso_millis(question.window.start), _END: iso_millis(last)}
        question = question._replace(sends_window=False, identities={**identities, **fields})
        if question.options.get("method", "POST") == "POST":
            return post(question, {**fields, **times})
        template = question.template
        for key in fields:
            if not template.asks_for(key):
                template = template.with_parameter(key, key)
        return get(question, template, extra=times)

    def answer(self, tally: Tally) -> Verdict:
        """Always 200, and always with the error that means none."""
        return Verdict(200, {"error": {"code": 0, "message": ""}, "data": {"result": tally.is_done}})

    def window(self, fields: Mapping[str, Any]) -> AskedWindow:
        """Its own names; the usual ones where these are absent."""
        if _START not in fields and _END not in fields:
            return super().window(fields)
        start, last = window_of(fields, _START, _END)
        return AskedWindow(start, last + _MILLISECOND if last is not None else None)


DIALECT = IntractDialect()
