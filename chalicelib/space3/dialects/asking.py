"""What every dialect is given and gives."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol

from chalicelib.core.egress.exchange import Method
from chalicelib.space3.domain.answers import BadResponse, Counting, Kind, Reading
from chalicelib.space3.domain.templates import Template
from chalicelib.space3.domain.windows import TimeWindow, iso_millis

ADDRESS: Final = "address"


class Question(NamedTuple):
    """One verification: the mission's rules, the user's identities by the names of placeholders, the window."""

    kind: Kind
    template: Template
    counting: Counting
    target: int
    identities: Mapping[str, str | None]
    window: TimeWindow
    request_id: str
    zealy: Mapping[str, str] = {}
    result_path: str | None = None


class Call(NamedTuple):
    """What is sent. `shown` is the address without the user's data."""

    method: Method
    url: str
    shown: str
    body: bytes = b""


class Verdict(NamedTuple):
    """What we answer as a partner: the HTTP status and a JSON value."""

    status: int
    content: Any


class Dialect(Protocol):
    """One way in which mission systems and partners talk."""

    asks_by: Literal["GET", "POST"]
    """The method by which a partner is asked."""

    def prepare(self, question: Question) -> Call:
        """The call. Raises `MissingIdentity` or `UnsafeValue`."""
        ...

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """What an answer says. Raises `BadResponse`."""
        ...

    def answer(self, is_done: bool) -> Verdict:
        """The words for a verdict."""
        ...


def windowed(question: Question, template: Template | None = None) -> tuple[str, str]:
    """The address with the window, which is appended where the template does not ask for it; and what may be shown.

    Raises `MissingIdentity` or `UnsafeValue`.
    """
    template = template or question.template
    for name in ("fromDate", "toDate"):
        if not template.asks_for(name):
            template = template.with_parameter(name, name)
    dates = {"fromDate": iso_millis(question.window.start), "toDate": iso_millis(question.window.end)}
    shown = template.redacted
    for name, date in dates.items():
        shown = shown.replace(f"<{name}>", date)
    return template.fill({**question.identities, **dates}), shown


def get(question: Question, template: Template | None = None) -> Call:
    """A plain GET of the address."""
    url, shown = windowed(question, template)
    return Call("GET", url, shown)


def get_by_address(question: Question) -> Call:
    """A GET with the wallet as `address`, which is appended where the template does not ask for a wallet."""
    template = question.template
    if not template.asks_for("wallet", ADDRESS):
        template = template.with_parameter(ADDRESS, "wallet")
    return get(question, template)


def json_bytes(content: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def require_ok(status: int) -> None:
    """Raises `BadResponse` for any status but 200."""
    if status != 200:
        raise BadResponse(f"The answer's status is {status}, not 200.")
