"""What each platform's dialect declares: how it asks a partner and reads the answer, and how it is answered by one."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final, NamedTuple

from pydantic import BaseModel

from chalicelib.core.egress.exchange import Method
from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.space3.domain.answers import Reading, flag
from chalicelib.space3.domain.asked import AskedWindow, Identifier, iso_time, require_order
from chalicelib.space3.domain.asking import Call, Question, get_by_address

SECRET_HINT: Final = "<the secret of the mission>"


class Tally(NamedTuple):
    """How far somebody is with a mission that we answer for.

    `acts` are all of them where the mission is accumulative and the dialect counts, else no more than are needed to be
    done. `form` is the `format` that the caller wants.
    """

    is_done: bool
    acts: int = 0
    is_accumulative: bool = False
    form: str = ""


class Verdict(NamedTuple):
    """What we answer as a partner: the HTTP status and a JSON value."""

    status: int
    content: Any


class Setting(NamedTuple):
    """One thing that a platform is told when a mission is registered there: a field of its form and what belongs in."""

    field: str
    value: str


class Dialect(ABC):
    """One way in which mission systems and partners talk: what most have in common, of which each says what differs.

    `title` is how the platform writes itself, `source` its public page, and `answers` the type of what `answer` says.
    Where the platform asks by POST, `asks` is the type of its body and `asks_example` one.
    """

    title: str
    source: str = ""
    answers: Any
    asks: Any = None
    asks_example: ClassVar[Any] = None
    asks_by: tuple[Method, ...] = ("GET",)
    """The methods by which the platform asks a partner."""
    counts: bool = False
    """Whether a mission may be accumulative."""
    identifiers: ClassVar[Mapping[str, Identifier]] = {}
    """The platform's own names, in lower case, of fields that name somebody."""
    refuses_with: type[ApiError] | None = None
    """What every refusal is, where the platform knows no other."""
    places: ClassVar[Mapping[str, str]] = {}
    """The platform's own spellings of places in a template."""
    options: type[BaseModel] | None = None
    """What a mission in this dialect is told beside what all missions are."""
    statuses: frozenset[int] = frozenset({200})
    """The HTTP statuses of answers that say something."""

    def prepare(self, question: Question) -> Call:
        """The call: a GET with the wallet. Raises `MissingIdentity` or `UnsafeValue`."""
        return get_by_address(question)

    @abstractmethod
    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """What an answer with one of the `statuses` says. Raises `BadResponse`."""

    @abstractmethod
    def answer(self, tally: Tally) -> Verdict:
        """The words for a verdict."""

    def fields_of(self, body: Any) -> Mapping[str, Any]:
        """The fields of a question's body. Raises `BadRequest`."""
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object.")
        return body

    def window(self, fields: Mapping[str, Any]) -> AskedWindow:
        """The time that the fields of a question name. Raises `BadRequest`."""
        window = AskedWindow(iso_time(fields, "fromDate"), iso_time(fields, "toDate"))
        return require_order(window, "fromDate", "toDate")

    def settings(self, address: str, *, has_secret: bool) -> list[Setting]:
        """What the platform must be told of a mission that it asks for at `address`."""
        secret = [Setting("Header", f"x-api-key: {SECRET_HINT}")] if has_secret else []
        return [Setting("API URL", address), *secret]


class FlagDialect(Dialect):
    """A platform whose answer is one boolean in an object: `{outer: {inner: bool}}`, always with 200."""

    outer: str
    inner: str

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean, unless an error stands beside it."""
        del question, status
        return flag(body, self.outer, self.inner)

    def answer(self, tally: Tally) -> Verdict:
        """Always 200."""
        return Verdict(200, {self.outer: {self.inner: tally.is_done}})
