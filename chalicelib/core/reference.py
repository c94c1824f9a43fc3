"""What the API reference says of routes: declared by each feature in its `reference.py`, beside the routes.

A declaration names the schemas that read requests and write answers, and the surface that words errors. The first line
of a view's docstring is the summary. These modules are loaded when somebody asks for the reference, so declarations
cost a call of the API nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from chalicelib.core.descriptions import description_of
from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.http.views import Signature
from chalicelib.core.pagination import LIST_LIMIT, MAX_ARRAY_LIMIT, MAX_LIST_LIMIT

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
TEXT: Final = "text/plain; charset=utf-8"

# Security schemes, one of which a call must meet, each with the scopes that it needs (OpenAPI).
Security = Sequence[Mapping[str, Sequence[str]]]
PUBLIC: Final[Security] = ()
ADMIN_KEY: Final[Security] = ({"adminKey": ()},)
WRONG_PATH: Final = BadRequest("The path holds a character that cannot be stored.")


def api_key(scope: str) -> Security:
    """A partner's key with a scope, as `Authorization: Bearer` or as `X-API-KEY`."""
    return ({"apiKey": (scope,)}, {"apiKeyHeader": (scope,)})


def access_token(scope: str) -> Security:
    """An access token with a scope."""
    return ({"accessToken": (scope,)},)


class Parameter(NamedTuple):
    """A parameter of the query, the path or the headers; `type` is what pydantic makes a schema of.

    The curl lines of the reference's pages send those with an example.
    """

    name: str
    description: str
    type: Any = str
    example: Any = None
    place: Literal["query", "header", "path"] = "query"
    required: bool = False


# The parameters of a list's page; `BOTH_WAYS` for lists that can be walked back as well.
PAGE: Final = (
    Parameter("limit", "How many entries at most.", Annotated[int, Field(ge=1, le=MAX_LIST_LIMIT)], LIST_LIMIT),
    Parameter("starting_after", "The id of the entry after which the page begins."),
)
BOTH_WAYS: Final = (
    *PAGE,
    Parameter("starting_before", "The id of the entry before which the page ends."),
    Parameter("ending_before", "The same as `starting_before`."),
)
ARRAY_LIMIT: Final = Parameter(
    "limit", "How many at most; without it, all.", Annotated[int, Field(ge=1, le=MAX_ARRAY_LIMIT)], 100
)
LINK: Final = {"Link": 'The address of the next page, `<…>; rel="next"`, where there is one.'}


class Listed(NamedTuple):
    """The list envelope around items. `url` is the envelope's own `url` where that is not the path."""

    item: Any
    url: str | None = None


class Reply(NamedTuple):
    """An answer besides the usual one: its type, an example, and when it is given."""

    type: Any
    example: Any
    description: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. `answer` and `body` are types; the example of a `Listed` is one of its items.

    What a view's signature says need not be declared: `answer`, `body`, and the parameters of a list's page.
    """

    example: Any
    answer: Any = None
    answered_as: str = JSON
    description: str = ""
    body: Any = None
    sends: Any = None
    sent_as: tuple[str, ...] | None = None
    body_is_optional: bool = False
    parameters: Sequence[Parameter] = ()
    refusals: Sequence[ApiError] = ()
    replies: Mapping[int, Reply] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    security: Security | None = None
    summary: str = ""

    def of(self, signature: Signature | None) -> "Operation":
        """The operation with what its view says."""
        if signature is None:
            return self
        page = [each for name, each in zip(("limit", "after"), PAGE, strict=True) if name in signature.parameters]
        return replace(
            self,
            answer=self.answer or (Listed(signature.answer) if signature.is_list else signature.answer),
            body=self.body or signature.body,
            body_is_optional=self.body_is_optional or signature.body_is_optional,
            parameters=(*self.parameters, *page),
        )


@dataclass(frozen=True, kw_only=True)
class Section:
    """Operations that belong together: a tag of the document.

    `operations` are found by their view, or by view and method where a view serves several. `paths` are addresses that
    one generic route serves; they stand for all routes of the module `stands_for`. `refusals` are common to all,
    `refusals_of_addresses` to those with variables in their path, `refusals_of_input` to those with a body or a query.
    What an operation does not say of itself is as here: its `security`, for other methods than GET
    `security_of_writes`, and the forms that its body is `sent_as`. All take the section's `parameters`.
    """

    name: str
    slug: str
    description: str
    surface: Surface
    error: Any
    error_as: str = JSON
    security: Security = PUBLIC
    security_of_writes: Security | None = None
    sent_as: tuple[str, ...] = (JSON,)
    parameters: Sequence[Parameter] = ()
    refusals: Sequence[ApiError] = ()
    refusals_of_addresses: Sequence[ApiError] = ()
    refusals_of_input: Sequence[ApiError] = ()
    variables: Sequence[Parameter] = ()
    operations: Mapping[Any, Operation] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, Operation]] = field(default_factory=dict)
    stands_for: str | None = None

    def whole(self, operation: Operation, method: str) -> Operation:
        """The operation with what the section says for all."""
        writes = None if method == "GET" else self.security_of_writes
        return replace(
            operation,
            security=operation.security if operation.security is not None else writes or self.security,
            sent_as=operation.sent_as or self.sent_as,
            parameters=(*operation.parameters, *self.parameters),
        )


class Hook(NamedTuple):
    """A webhook that we send: its event type, the body's type and an example.

    `version` is that of the body's schema: it grows when a field goes or changes, and stays when one is added.
    """

    event_type: str
    summary: str
    description: str
    body: Any
    example: Any
    version: int = 1


def variable(name: str, description: str, example: Any, kind: Any = str) -> Parameter:
    """A variable of the path."""
    return Parameter(name, description, kind, example, place="path", required=True)


def query_of(model: type[BaseModel], examples: Mapping[str, Any], *others: Parameter) -> tuple[Parameter, ...]:
    """The parameters that a schema reads from the query; each of `others` replaces the one of its name."""
    instead = {other.name: other for other in others}
    return tuple(
        instead.get(name)
        or Parameter(
            name, description_of(model, name) or "", _written(each), examples.get(name), required=each.is_required()
        )
        for name, each in model.model_fields.items()
    )


def example_text(example: object) -> str:
    """An example as it stands in an address, a header or a field of a form."""
    return json.dumps(example) if isinstance(example, bool) else str(example)


def body_text(media_type: str, example: Any) -> str:
    """An example as the text of a body of this type."""
    if media_type == FORM:
        return urlencode({name: example_text(value) for name, value in example.items()})
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def _written(each: FieldInfo) -> Any:
    """A field's type as it can stand in a query, where there is no null."""
    optional = [part for part in get_args(each.annotation) if part is not NoneType]
    annotation = optional[0] if len(optional) == 1 and NoneType in get_args(each.annotation) else each.annotation
    return Annotated[annotation, *each.metadata] if each.metadata else annotation


class ErrorDetail(BaseModel):
    """What went wrong."""

    status: int
    """The HTTP status, here again."""
    code: str
    """The reason as a word that programs can rely on."""
    message: str
    """The reason as a sentence for people."""


class CodedError(BaseModel):
    """An error with a code, which most surfaces answer."""

    error: ErrorDetail
    """What went wrong."""


class PlainError(BaseModel):
    """An error of what belongs to no surface."""

    message: str


StripeErrorType = Literal[
    "invalid_request_error", "authentication_error", "api_error", "idempotency_error", "rate_limit_error"
]


class GatewayErrorDetail(ErrorDetail):
    """The same as the coded surfaces have it, and for Stripe's clients."""

    type: StripeErrorType
    """The reason as Stripe's clients know it."""


class GatewayError(PlainError):
    """An error of the gateway, whatever the address."""

    error: GatewayErrorDetail
