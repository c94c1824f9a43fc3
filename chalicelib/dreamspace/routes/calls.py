"""A call: the target of its path, and its body and query."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from chalice.app import Request
from pydantic import BaseModel

from chalicelib.core.errors import BadRequest, PayloadTooLarge
from chalicelib.core.http.parse import MAX_BODY_BYTES, query_of, validated
from chalicelib.core.http.request import json_body
from chalicelib.core.numbers import is_whole
from chalicelib.core.pagination import MAX_ARRAY_LIMIT, parse_limit
from chalicelib.dreamspace.domain.filters import InvalidFilter, read_filters
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import Hop
from chalicelib.dreamspace.schemas.fields import server_zone
from chalicelib.dreamspace.service import lists
from chalicelib.dreamspace.service.lists import Listing
from chalicelib.dreamspace.service.paths import Target
from chalicelib.dreamspace.service.resources import get_object

T = TypeVar("T")
B = TypeVar("B", bound=BaseModel)
MAX_DOCUMENT_BODY = 4_500_000
_INLINE = {"user_id": "user", "owner_id": "owner"}


class Call(NamedTuple):
    """A partner's call; `target` is what its `hops` lead to."""

    origin: str
    hops: Sequence[Hop]
    target: Target
    request: Request

    @property
    def id(self) -> int:
        """The id of the target object; 0 for a collection."""
        return self.target.id or 0

    def body(self, schema: type[B]) -> B:
        """Parses the body of a new object, with the foreign key from the path."""
        return self.read(lambda value: validated(schema, self.under_path(value)))

    def change(self, schema: type[B]) -> B:
        """Parses the body of a change, without the foreign key that the path decides."""
        return self.read(lambda value: validated(schema, self.without_path(value)))

    def read(self, parse: Callable[[Any], T]) -> T:
        """Parses the body with `parse`. If both path and body are wrong, the path's error is raised."""
        return self._after_path(lambda: parse(json_body(self.request, max_bytes=self._most_bytes())))

    def listing(self) -> tuple[dict[str, str], Listing]:
        """The query parameters and the requested page."""
        return self._after_path(self._listing)

    def under_path(self, value: Any) -> Any:
        """A new object's value with the foreign key from the path instead of the body's."""
        parent = self.target.parent
        value = self.without_path(value)
        return {**value, parent.field: parent.id} if parent is not None and isinstance(value, dict) else value

    def without_path(self, value: Any) -> Any:
        """A value without the fields that the path decides."""
        parent = self.target.parent
        if parent is None or not isinstance(value, dict):
            return value
        dropped = decided_by_path(self.target.model, parent.field)
        return {name: field for name, field in value.items() if name not in dropped}

    def require_parent(self) -> None:
        """Raises `NotFound` if the path's parent does not exist."""
        lists.require_parent(Listing(self.origin, self.target.model, {}, parent=self.target.parent))

    def _most_bytes(self) -> int:
        model, method = self.target.model, self.request.method
        holds_document = model is Model.DOCUMENTS or (model is Model.EVENTS and method == "POST")
        return MAX_DOCUMENT_BODY if holds_document else MAX_BODY_BYTES

    def _listing(self) -> tuple[dict[str, str], Listing]:
        target = self.target
        decided = {} if target.parent is None else {target.parent.field: target.parent.id}
        query = {name: text for name, text in query_of(self.request.query_params).items() if name not in decided}
        try:
            values = {**read_filters(target.model, query, server_zone()), **decided}
        except InvalidFilter as error:
            raise BadRequest(str(error)) from error
        after = query.get("starting_after", "0")
        if not is_whole(after) or after.startswith("-"):
            raise BadRequest("starting_after: must be an id", param="starting_after")
        limit = parse_limit(query.get("limit"), default=None, maximum=MAX_ARRAY_LIMIT)
        return query, Listing(self.origin, target.model, values, int(after[:40]), limit, target.parent)

    def _after_path(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except (BadRequest, PayloadTooLarge):
            if self.target.id is not None:
                get_object(self.origin, self.target.model, self.id, self.target.parent)
            self.require_parent()
            raise


def decided_by_path(model: Model, key: str) -> frozenset[str]:
    """The body fields that the path decides below a parent: the foreign key and its inline form."""
    return frozenset({key} if model is Model.TRANSACTIONS else {key, _INLINE.get(key, key)})
