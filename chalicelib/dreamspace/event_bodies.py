"""The bodies of events about changes: the object as the API answers it, without embedded objects and long texts.

An embedded object, such as the user of an event, has events of its own. A document's data is never in an event, and
neither is a text of more than 32 KB; `omitted` names the fields that are left out.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.core.clock import moment_of
from chalicelib.dreamspace.domain.changes import Kind
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.repository.documents import Stamp
from chalicelib.dreamspace.schemas.listed import listed_schema

EMBEDDED: Final = frozenset(("user", "owner", "document"))
DATA: Final = "document_data"
LONG: Final = frozenset(("preferences", "metadata", "message"))
LONGEST_TEXT_BYTES: Final = 32 * 1024


def shown_fields(schema: type[BaseModel]) -> tuple[str, ...]:
    """The fields of an answer that an event may have."""
    return tuple(name for name in schema.model_fields if name not in EMBEDDED and name != DATA)


def body_of(kind: Kind, changed: Sequence[Any], *, at: int) -> dict[str, Any]:
    """The body for rows or views of what has changed; `at` in microseconds."""
    omitted: set[str] = set()
    objects = [_object(kind.model, each, omitted) for each in changed]
    head = {"actionType": kind.event_type, "at": moment_of(at)}
    content = {"objects": objects} if kind.is_of_several else {"object": objects[0]}
    return {**head, **content, "omitted": sorted(omitted)}


def _object(model: Model, changed: Any, omitted: set[str]) -> dict[str, Any]:
    schema = listed_schema(model, changed)
    if DATA in schema.model_fields:
        omitted.add(DATA)
    values = {name: _plain(getattr(changed, name)) for name in shown_fields(schema)}
    long = {name for name in LONG & values.keys() if values[name] is not None and _is_long(values[name])}
    omitted.update(long)
    return {name: value for name, value in values.items() if name not in long}


def _is_long(text: str) -> bool:
    written = len(text) <= LONGEST_TEXT_BYTES and json.dumps(text, ensure_ascii=False)
    return not written or len(written.encode()) > LONGEST_TEXT_BYTES


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value._asdict() if isinstance(value, Stamp) else value
