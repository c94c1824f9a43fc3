"""Routes whose views are plain functions: a view's signature says what it reads, and its result is what it answers.

A view takes first what `authenticate` gives of the caller, then by name:

    the path's variables    as text; `Annotated[…, read]` names the function that reads one
    body                    the body, by the schema that is its annotation
    query                   the parameters of the query
    limit, after            the page of a list; `after` may be annotated as a variable is

A view that returns a `Page` answers a list. The second argument of a route is the model, or the function, that shows
what the view returns: a row, or each row of a page. Without one the result is shown as it is.
"""

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any, NamedTuple, get_args, get_origin
from urllib.parse import quote

from chalice.app import Blueprint, Request, Response
from pydantic import BaseModel

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.parse import LONGEST_NAME, path_name, path_value, query_of, validated
from chalicelib.core.http.request import json_body, raw_body
from chalicelib.core.http.respond import answer
from chalicelib.core.pagination import Page, envelope, parse_list_limit

View = Callable[..., object]
Decorator = Callable[[View], Callable[..., Response]]
Shown = type[BaseModel] | Callable[[Any], object]
Reader = Callable[[str], object]


class Signature(NamedTuple):
    """What a view reads and answers; `readers` are the annotated ones, by parameter."""

    parameters: frozenset[str]
    readers: Mapping[str, Reader]
    body: type[BaseModel] | None
    body_is_optional: bool
    answer: Any
    is_list: bool


def signature_of(view: object) -> Signature | None:
    """The signature of a route's view; None for one that reads its request itself."""
    found: Signature | None = getattr(view, "signature", None)
    return found


def id_reader(form: re.Pattern[str], unknown: type[Exception]) -> Reader:
    """A reader of an id in the path. It raises `unknown` for a text without the form of an id, before any look-up."""

    def read(raw: str) -> str:
        name = path_value(raw)
        if not form.fullmatch(name):
            raise unknown
        return name

    return read


def position_reader(form: re.Pattern[str]) -> Reader:
    """A reader of the id after which a page begins. It raises `BadRequest` for a text without the form of an id."""

    def read(after: str) -> str:
        if not form.fullmatch(after):
            raise BadRequest("starting_after: is not an id of this list", param="starting_after")
        return after

    return read


def list_position(after: str) -> str:
    """The id after which a page begins. Raises `BadRequest` for what can be none."""
    if not 1 <= len(after) <= LONGEST_NAME:
        raise BadRequest("starting_after: must be the id of an entry of this list", param="starting_after")
    return after


class Call(NamedTuple):
    """What a view is called with: who calls, and its parameters by name."""

    request: Request
    signature: Signature
    caller: tuple[object, ...]
    arguments: Mapping[str, object]


class Views(Blueprint, ABC):
    """A blueprint of such routes. A surface says who calls, and may read bodies and variables its own way."""

    def get(self, path: str, shown_as: Shown | None = None) -> Decorator:
        """A route for GET."""
        return self._route("GET", path, shown_as)

    def post(
        self,
        path: str,
        shown_as: Shown | None = None,
        *,
        body_is_optional: bool = False,
        checked_body: type[BaseModel] | None = None,
    ) -> Decorator:
        """A route for POST. An optional body not sent is `{}`; `checked_body` is for a view that takes no body."""
        return self._route("POST", path, shown_as, body_is_optional=body_is_optional, checked_body=checked_body)

    def patch(self, path: str, shown_as: Shown | None = None) -> Decorator:
        """A route for PATCH."""
        return self._route("PATCH", path, shown_as)

    def delete(self, path: str, shown_as: Shown | None = None) -> Decorator:
        """A route for DELETE."""
        return self._route("DELETE", path, shown_as)

    @abstractmethod
    def authenticate(self, request: Request) -> tuple[object, ...]:
        """What views take first: the caller, where they need to know who it is. Raises an `ApiError`."""

    def received(self, request: Request, signature: Signature) -> tuple[tuple[object, ...], BaseModel | None]:
        """The caller, and then the body."""
        caller = self.authenticate(request)
        if signature.body is None:
            return caller, None
        if signature.body_is_optional and not raw_body(request):
            return caller, validated(signature.body, {})
        return caller, self.read_body(request, signature.body)

    def read_body(self, request: Request, schema: type[BaseModel]) -> BaseModel:
        """The body by its schema. Raises `BadRequest` or `PayloadTooLarge`."""
        return validated(schema, json_body(request))

    def read_variable(self, raw: str) -> object:
        """A variable of the path for which the view names no reader. Raises an `ApiError`."""
        return path_name(raw)

    def run(self, view: View, call: Call) -> object:
        """Calls the view; a surface may add to its parameters."""
        return view(*call.caller, **call.arguments)

    def list_answer(self, page: Page[Any], url: str) -> Response:
        """The answer of a list whose items are shown already; `url` is the list's own path."""
        return answer(envelope(page, url=url))

    def _route(
        self,
        method: str,
        path: str,
        shown_as: Shown | None,
        *,
        body_is_optional: bool = False,
        checked_body: type[BaseModel] | None = None,
    ) -> Decorator:
        def decorate(view: View) -> Callable[..., Response]:
            signature = _signature(view, shown_as, checked_body, body_is_optional=body_is_optional)
            show = _show(shown_as)

            @wraps(view)
            def respond(**raw: str) -> Response:
                call, variables = self._call(signature, raw)
                found = self.run(view, call)
                if isinstance(found, Page):
                    quoted = {name: quote(str(value), safe="") for name, value in variables.items()}
                    page = Page([show(row) for row in found.items], found.has_more)
                    return self.list_answer(page, path.format(**quoted))
                return answer(show(found))

            respond.signature = signature  # type: ignore[attr-defined]
            self.route(path, methods=[method])(respond)
            return respond

        return decorate

    def _call(self, signature: Signature, raw: Mapping[str, str]) -> tuple[Call, Mapping[str, object]]:
        """The call, and the variables of the path among its arguments."""
        request: Request = self.current_request
        caller, body = self.received(request, signature)
        variables = {name: signature.readers.get(name, self.read_variable)(text) for name, text in raw.items()}
        arguments = {**variables, **_asked(request, signature)}
        if "body" in signature.parameters:
            arguments["body"] = body
        return Call(request, signature, caller, arguments), variables


def _asked(request: Request, signature: Signature) -> dict[str, object]:
    """What the view takes of the query."""
    wanted = signature.parameters & {"query", "limit", "after"}
    if not wanted:
        return {}
    query = query_of(request.query_params)
    asked: dict[str, object] = {"query": query} if "query" in wanted else {}
    if "limit" in wanted:
        asked["limit"] = parse_list_limit(query.get("limit"))
    if "after" in wanted:
        after = query.get("starting_after")
        asked["after"] = None if after is None else signature.readers.get("after", list_position)(after)
    return asked


def _signature(
    view: View, shown_as: Shown | None, checked_body: type[BaseModel] | None, *, body_is_optional: bool
) -> Signature:
    declared = inspect.signature(view)
    kinds = {name: parameter.annotation for name, parameter in declared.parameters.items()}
    result = declared.return_annotation
    is_list = get_origin(result) is Page
    if shown_as is None:
        shown = get_args(result)[0] if is_list else result
    else:
        shown = shown_as if isinstance(shown_as, type) else inspect.signature(shown_as).return_annotation
    readers = {name: get_args(kind)[1] for name, kind in kinds.items() if get_origin(kind) is Annotated}
    body = kinds.get("body", checked_body)
    return Signature(frozenset(kinds), readers, body, body_is_optional, shown, is_list)


def _show(shown_as: Shown | None) -> Callable[[Any], object]:
    if shown_as is None:
        return lambda result: result
    if isinstance(shown_as, type) and issubclass(shown_as, BaseModel):
        return shown_as.model_validate
    return shown_as
