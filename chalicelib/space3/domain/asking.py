"""What every dialect is given and gives."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple

from chalicelib.activity.domain import IdentityKind
from chalicelib.core.egress.exchange import Method
from chalicelib.space3.domain.answers import Counting, Kind, Reading
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


class Dialect(ABC):
    """One way in which mission systems and partners talk: what most have in common, of which each says what differs.

    `title` is how the platform writes itself, and `answers` the type of what `answer` says. Where the platform asks by
    POST, `asks` is the type of its body.
    """

    title: str
    answers: Any
    asks: Any = None
    asks_by: Literal["GET", "POST"] = "GET"
    counts: bool = False
    """Whether a mission may be accumulative."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """The platform's own spellings of places in a template."""
    statuses: frozenset[int] = frozenset({200})
    """The HTTP statuses of answers that say something."""

    def prepare(self, question: Question) -> Call:
        """The call: a GET with the wallet. Raises `MissingIdentity` or `UnsafeValue`."""
        return get_by_address(question)

    @abstractmethod
    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """What an answer with one of the `statuses` says. Raises `BadResponse`."""

    @abstractmethod
    def answer(self, is_done: bool) -> Verdict:
        """The words for a verdict."""

    def identities(self, body: Any) -> list[tuple[IdentityKind, Any]]:
        """Whom the body of a question by POST names. Raises `BadRequest`."""
        del body
        return []


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
