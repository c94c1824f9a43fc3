"""The wire of the catalogue of events."""

from typing import Any

from pydantic import Field

from chalicelib.core.schemas import Read


class EventTypeRead(Read):
    """An event type and what its events say."""

    type: str
    """The name by which endpoints ask for it."""
    version: int
    """The version of the schema: the next one where a field goes or changes, the same where one is added."""
    surface: str
    """The part of the platform that sends it."""
    summary: str
    """What has happened, in a few words."""
    description: str
    """When it is sent."""
    by_name_only: bool
    """True where only endpoints that name the type get its events; those for all types do not."""
    body_schema: dict[str, Any] = Field(
        alias="schema", description="The JSON Schema of the body that is sent, of the draft 2020-12."
    )
    example: dict[str, Any]
    """A body."""
