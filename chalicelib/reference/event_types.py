"""The event types of webhooks with the schemas of their bodies: the same declarations as the document's."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from chalicelib.core.errors import NotFound
from chalicelib.core.reference import Hook
from chalicelib.reference import contents
from chalicelib.reference.components import REFERENCE_PREFIX, Components
from chalicelib.reference.schemas import EventTypeRead
from chalicelib.webhooks.service.event_types import is_wanted


class NoSuchEventType(NotFound):
    """No event type has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no event type {name!r}.")


def all_event_types() -> list[EventTypeRead]:
    """Every type, in order of the alphabet."""
    return [_by_name()[name] for name in sorted(_by_name())]


def event_type(name: str) -> EventTypeRead:
    """One type. Raises `NoSuchEventType`."""
    found = _by_name().get(name)
    if found is None:
        raise NoSuchEventType(name)
    return found


@lru_cache(maxsize=1)
def _by_name() -> dict[str, EventTypeRead]:
    return {each.type: each for each in _described()}


def _described() -> Iterator[EventTypeRead]:
    for surface, hooks in contents.hooks_by_feature().items():
        for hook in hooks:
            yield EventTypeRead(
                type=hook.event_type,
                version=hook.version,
                surface=surface,
                summary=hook.summary,
                description=hook.description,
                by_name_only=not is_wanted((), hook.event_type),
                schema=_schema(hook),
                example=hook.example,
            )


def _schema(hook: Hook) -> dict[str, Any]:
    """The body's schema with all that it refers to."""
    components = Components(contents.words())
    components.ask(hook.body, "serialization")
    parts = components.make()
    schema = {**components.schema(hook.body, "serialization"), "$defs": parts}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_local(schema)}


def _local(schema: Any) -> Any:
    """The schema with references to its own `$defs`."""
    if isinstance(schema, list):
        return [_local(each) for each in schema]
    if isinstance(schema, dict):
        return {name: _local(each) for name, each in schema.items()}
    return schema.replace(REFERENCE_PREFIX, "#/$defs/") if isinstance(schema, str) else schema
