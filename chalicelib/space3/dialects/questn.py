"""QuestN: GET `?address=`; `{"data": {"result": bool}}`, with an `error` beside it where something is to be said."""

from typing import ClassVar

from pydantic import BaseModel, Field

from chalicelib.space3.domain.asked import as_wallet
from chalicelib.space3.domain.dialect import FlagDialect


class QuestnResult(BaseModel):
    """The result."""

    result: bool = Field(description="The answer.")


class Questn(BaseModel):
    """QuestN's answer."""

    data: QuestnResult = Field(description="The answer.")


class QuestnDialect(FlagDialect):
    """QuestN's API quest. The platform appends the address; it knows EVM wallets alone."""

    title = "QuestN"
    source = "https://questn.gitbook.io/docs/api-technical-documentation"
    answers = Questn
    outer, inner = "data", "result"
    identifiers: ClassVar = {"address": as_wallet}


DIALECT = QuestnDialect()
