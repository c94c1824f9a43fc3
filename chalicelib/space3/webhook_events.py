"""The events of missions. Their bodies are in `event_bodies`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.space3.domain import COMPLETED_EVENT, FINISHED_EVENT
from chalicelib.webhooks.domain import EventType


def _sample(event_type: str) -> Mapping[str, Any]:
    from chalicelib.space3.event_bodies import sample_of  # loads with the first sample, not with the first event

    return sample_of(event_type)


def _person(content: Mapping[str, Any]) -> str | None:
    """A user by the uid, a person by the first identity."""
    first, *_ = content.get("identities") or [{"value": content.get("uid")}]
    value = first.get("value")
    return None if value is None else str(value)


def _job(content: Mapping[str, Any]) -> str | None:
    return content.get("job_id")


EVENT_TYPES = tuple(
    EventType(name, partial(_sample, name), by_name_only=True, named_only=True, subject=subject)
    for name, subject in ((COMPLETED_EVENT, _person), (FINISHED_EVENT, _job))
)
