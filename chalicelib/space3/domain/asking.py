"""What a dialect is given to ask a partner (`Question`), and what it sends (`Call`)."""

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chalicelib.core.egress.exchange import Method
from chalicelib.space3.domain.answers import Counting, Kind
from chalicelib.space3.domain.templates import Template
from chalicelib.space3.domain.windows import Recurrence, TimeWindow, iso_millis

ADDRESS: Final = "address"


class Question(NamedTuple):
    """One verification: the mission's rules, the user's identities by the names of placeholders, the window.

    `options` are those of the dialect, as they were accepted. `sends_window` says that the mission sends its window to
    a platform that has no fields of its own for it.
    """

    kind: Kind
    template: Template
    counting: Counting
    target: int
    identities: Mapping[str, str | None]
    window: TimeWindow
    request_id: str
    recurrence: Recurrence = "once"
    sends_window: bool = False
    options: Mapping[str, Any] = {}

    def with_lower_wallet(self) -> "Question":
        """The question with the wallet in lower case, whether or not the mission has `lowercase_wallet`."""
        wallet = self.identities.get("wallet")
        return self._replace(identities={**self.identities, "wallet": wallet.lower() if wallet else None})


class Call(NamedTuple):
    """What is sent. `shown` is the address without the user's data."""

    method: Method
    url: str
    shown: str
    body: bytes = b""


def addressed(
    question: Question, template: Template | None = None, extra: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """The address for a question, and what of it may be shown.

    The window is appended where the mission sends it and the template does not ask for it; `extra` are parameters with
    values that are no user's. Raises `MissingIdentity` or `UnsafeValue`.
    """
    template = template or question.template
    values = {"fromDate": iso_millis(question.window.start), "toDate": iso_millis(question.window.end)}
    if question.sends_window:
        for name in values:
            if not template.asks_for(name):
                template = template.with_parameter(name, name)
    for name, value in (extra or {}).items():
        template = template.with_parameter(name, name)
        values[name] = value
    shown = template.redacted
    for name, value in values.items():
        shown = shown.replace(f"<{name}>", value)
    return template.fill({**question.identities, **values}), shown


def get(question: Question, template: Template | None = None, *, extra: Mapping[str, str] | None = None) -> Call:
    """A plain GET of the address."""
    url, shown = addressed(question, template, extra)
    return Call("GET", url, shown)


def get_by_address(question: Question) -> Call:
    """A GET with the wallet as `address`, which is appended where the template does not ask for a wallet."""
    template = question.template
    if not template.asks_for("wallet", ADDRESS):
        template = template.with_parameter(ADDRESS, "wallet")
    return get(question, template)


def post(question: Question, content: Any) -> Call:
    """A POST of a JSON value."""
    url, shown = addressed(question)
    return Call("POST", url, shown, json_bytes(content))


def json_bytes(content: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
