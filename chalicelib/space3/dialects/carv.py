"""CARV: GET with one identifier and the quest's time in milliseconds; TaskOn's answer, without an error beside it."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from chalicelib.core.clock import epoch_micros
from chalicelib.core.schemas import Wire
from chalicelib.space3.dialects.taskon import Taskon
from chalicelib.space3.domain.asked import AskedWindow, as_kind, as_wallet, milliseconds_time, window_of
from chalicelib.space3.domain.asking import Call, Question, get
from chalicelib.space3.domain.dialect import FlagDialect

_PLACES = {"address": "wallet", "email": "email", "telegram_id": "telegramId"}
_START, _END = "begin_time", "end_time"


class CarvOptions(Wire):
    """Whom a quest is verified by."""

    identifier: Literal["address", "email", "telegram_id"] = Field(
        default="address",
        description="By what the user is named; it is appended where the template does not ask for it.",
    )


class CarvDialect(FlagDialect):
    """CARV's API-verified quest. Its ids of Line belong to no kind of identity and are passed over."""

    title = "CARV"
    source = "https://docs.carv.io/carv-ecosystem/carv-play/carv-intro/api-verified-quest-restful"
    answers = Taskon
    outer, inner = "result", "isValid"
    options = CarvOptions
    identifiers: ClassVar = {"address": as_wallet, "telegram_id": as_kind("telegram")}

    def prepare(self, question: Question) -> Call:
        """A GET; the window is always sent."""
        template, parameter = question.template, question.options.get("identifier", "address")
        if not template.asks_for(parameter, _PLACES[parameter]):
            template = template.with_parameter(parameter, _PLACES[parameter])
        window = question.window
        times = {_START: str(epoch_micros(window.start) // 1000), _END: str(epoch_micros(window.end) // 1000)}
        return get(
            question, template, extra={name: time for name, time in times.items() if not template.asks_for(name)}
        )

    def window(self, fields: Any) -> AskedWindow:
        """Its own names, in milliseconds; the usual ones where these are absent."""
        if _START not in fields and _END not in fields:
            return super().window(fields)
        return window_of(fields, _START, _END, read=milliseconds_time)


DIALECT = CarvDialect()
