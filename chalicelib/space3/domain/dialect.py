"""The base of all dialects: how a platform asks partners and reads their answers, and how we answer it as a partner."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from pydantic import BaseModel

from chalicelib.core.egress.exchange import Method
from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.space3.domain.answers import Reading, boolean, result_in
from chalicelib.space3.domain.asked import AskedWindow, Identifier, window_of
from chalicelib.space3.domain.asking import Call, Question, get_by_address

SECRET_HINT: Final = "<the secret of the mission>"


class Tally(NamedTuple):
    """How far a user is with a mission that we answer for.

    `acts` counts all acts where the mission is accumulative and the dialect counts, else at most the target. `form` is
    the `format` that the caller asks for.
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
    """A field of the form in which a mission is registered with a platform, and its value."""

    field: str
    value: str


class Dialect(ABC):
    """How one platform talks with partners. Here is what most have in common; a platform's class says what differs.

    `title` is how the platform writes its name, `source` its public page, and `answers` the type of what `answer`
    gives. Where the platform asks by POST, `asks` is the type of its body and `asks_example` an example.
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
    """The error that stands for every refusal, where the platform knows no other."""
    places: ClassVar[Mapping[str, str]] = {}
    """The platform's own spellings of places in a template."""
    options: type[BaseModel] | None = None
    """The schema of the options that missions in this dialect have beside the fields of all missions."""
    statuses: frozenset[int] = frozenset({200})
    """The HTTP statuses of answers that are read."""
    address_field: str = "API URL"
    """What the platform's form calls the address."""
    more_settings: ClassVar[Sequence[Setting]] = ()
    """Fields of the form between the address and the secret."""
    secret_setting: Setting = Setting("Header", f"x-api-key: {SECRET_HINT}")
    """The field of the form for the secret of a mission that has one."""

    def prepare(self, question: Question) -> Call:
        """The call: a GET with the wallet. Raises `MissingIdentity` or `UnsafeValue`."""
        return get_by_address(question)

    @abstractmethod
    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """Reads an answer with one of the `statuses`. Raises `BadResponse`."""

    @abstractmethod
    def answer(self, tally: Tally) -> Verdict:
        """Our answer to the platform."""

    def fields_of(self, body: Any) -> Mapping[str, Any]:
        """The fields of a question's body. Raises `BadRequest`."""
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object.")
        return body

    def window(self, fields: Mapping[str, Any]) -> AskedWindow:
        """The time that the fields of a question name. Raises `BadRequest`."""
        return window_of(fields, "fromDate", "toDate")

    def settings(self, address: str, *, has_secret: bool) -> list[Setting]:
        """The form of a mission that the platform asks for at `address`."""
        secret = [self.secret_setting] if has_secret else []
        return [Setting(self.address_field, address), *self.more_settings, *secret]


class FlagDialect(Dialect):
    """A platform whose answer is one boolean in an object: `{outer: {inner: bool}}`, always with 200."""

    outer: str
    inner: str

    def read(self, question: Question, status: int, body: bytes) -> Reading:
        """The boolean, unless an error stands beside it."""
        del question, status
        return boolean(result_in(body, self.outer).get(self.inner), f"{self.outer}.{self.inner}")

    def answer(self, tally: Tally) -> Verdict:
        """Always 200."""
        return Verdict(200, {self.outer: {self.inner: tally.is_done}})
