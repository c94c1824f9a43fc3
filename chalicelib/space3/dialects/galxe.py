"""Galxe: GET or POST with the address where the template has it; 1 or 0, as the answer itself or somewhere in it."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from chalicelib.core.numbers import read_whole
from chalicelib.core.schemas import DOTTED_WORDS, Wire
from chalicelib.space3.domain.answers import BadResponse, Reading, json_of, yes_or_no
from chalicelib.space3.domain.asked import as_kind, as_wallet
from chalicelib.space3.domain.asking import Call, Question, get, get_by_address, json_bytes, post
from chalicelib.space3.domain.dialect import SECRET_HINT, Dialect, Setting, Tally, Verdict
from chalicelib.space3.domain.templates import TemplateRefused, check_places, filled

_PLACES = {"$address": "wallet", "$addressWithout0x": "addressWithout0x"}
_BODY = {"address": "$address"}
_LONGEST_BODY = 4096
# What an expression calls the answer; a field of the answer that has this name goes first.
_ANSWER = ("resp", "$")
_BRACKETS = re.compile(r"""\[(?:'([^'\]]*)'|"([^"\]]*)"|([0-9]+))\]""")


def _body(value: dict[str, Any]) -> dict[str, Any]:
    if len(json_bytes(value)) > _LONGEST_BODY:
        raise ValueError(f"must be no longer than {_LONGEST_BODY} bytes as JSON")
    try:
        check_places(value, spellings=_PLACES)
    except TemplateRefused as refusal:
        raise ValueError(str(refusal)) from refusal
    return value


class GalxeOptions(Wire):
    """How a partner of Galxe's dialect is asked, and where its answer has the result."""

    result_path: Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=DOTTED_WORDS)] | None = Field(
        default=None, description="Where the answer has its result, such as `data.is_ok`; null: the answer itself."
    )
    method: Literal["GET", "POST"] = Field(default="GET", description="How the partner is asked.")
    body: Annotated[dict[str, Any], AfterValidator(_body)] | None = Field(
        default=None,
        description='What is sent by POST; its strings may hold placeholders. Else `{"address": "$address"}`.',
    )


class GalxeObject(BaseModel):
    """Galxe's answer with `?format=object`."""

    result: Literal[0, 1] = Field(description="1: done; 0: not done.")


class GalxeQuestion(BaseModel):
    """What Galxe is told to ask: any of these, and fields that are not known here are passed over."""

    address: str | None = Field(default=None, description="The user's wallet, with or without `0x`.")
    email: str | None = Field(default=None, description="The user's e-mail address.")
    discord: str | int | None = Field(default=None, description="The user's id on Discord.")
    twitter: str | int | None = Field(default=None, description="The user's id on X, or the handle.")
    telegram: str | int | None = Field(default=None, description="The user's id on Telegram.")


class GalxeDialect(Dialect):
    """Galxe's REST credential."""

    title = "Galxe"
    source = "https://docs.galxe.com/quest/credential-api/rest-cred/introduction"
    answers = int | GalxeObject
    asks = GalxeQuestion
    asks_example: ClassVar = {"address": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"}
    asks_by = ("GET", "POST")
    options = GalxeOptions
    places: ClassVar = _PLACES
    identifiers: ClassVar = {
        "address": as_wallet,
        "discord": as_kind("discord"),
        "twitter": as_kind("x"),
        "telegram": as_kind("telegram"),
    }

    def prepare(self, question: Question) -> Call:
        """A GET, or a POST of the body; wallets are in lower case, as Galxe sends them."""
        question = question.with_lower_wallet()
        wallet = question.identities["wallet"]
        without = wallet.removeprefix("0x") if wallet else None
        question = question._replace(identities={**question.identities, "addressWithout0x": without})
        if question.options.get("method") == "POST":
            return post(question, filled(question.options.get("body") or _BODY, question.identities, spellings=_PLACES))
        if question.template.asks_for("addressWithout0x"):
            return get(question)
        return get_by_address(question)

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """1, 0, true, false, 1.0, 0.0, "1" or "0"."""
        del status
        value = _at(json_of(body), question.options.get("result_path"))
        if isinstance(value, str) and value in {"0", "1"}:
            return yes_or_no(value == "1")
        if isinstance(value, bool | int | float) and value in {0, 1}:
            return yes_or_no(value == 1)
        raise BadResponse("The result is neither 1 nor 0.")

    def answer(self, tally: Tally) -> Verdict:
        """The number alone, or in an object."""
        number = int(tally.is_done)
        return Verdict(200, {"result": number} if tally.form == "object" else number)

    def settings(self, address: str, *, has_secret: bool) -> list[Setting]:
        """A credential of one dimension, asked by GET or by POST."""
        return [
            Setting("Endpoint, by GET", f"{address}?address=$address&format=object"),
            Setting("Endpoint, by POST", f"{address}?format=object"),
            Setting("Body, by POST", '{"address": "$address"}'),
            *([Setting("Headers", f"x-api-key: {SECRET_HINT}")] if has_secret else []),
            Setting("Expression", "function(resp) {\n  return resp && resp.result === 1 ? 1 : 0\n}"),
        ]


def _at(value: Any, path: str | None) -> Any:
    """The value at a path, which is written as in expressions: `data.is_ok`, `resp.data[0].ok`, `resp["data"]?.ok`."""
    names = _names(path) if path else []
    if names and names[0] in _ANSWER and not (isinstance(value, dict) and names[0] in value):
        names = names[1:]
    for name in names:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and (place := read_whole(name, least=0, most=len(value) - 1)) is not None:
            value = value[place]
        else:
            raise BadResponse(f"The answer has nothing at {path}.")
    return value


def _names(path: str) -> list[str]:
    """The steps of a path; a number is a place in an array."""
    plain = _BRACKETS.sub(lambda found: "." + next(part for part in found.groups() if part is not None), path)
    return [name for name in plain.replace("?.", ".").split(".") if name]


DIALECT = GalxeDialect()
