"""The events about changes of Dreamspace's objects, declared by the models. Their bodies are in `event_bodies`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.dreamspace.domain.changes import KINDS, Kind
from chalicelib.dreamspace.domain.models import Model
from chalicelib.webhooks.domain import EventType


def _sample(kind: Kind) -> Mapping[str, Any]:
    from chalicelib.dreamspace.examples import sample_body  # loads with the first sample, not with the first event

    return sample_body(kind, at=epoch_micros(now()))


def _subject(kind: Kind, content: Mapping[str, Any]) -> str | None:
    """Names the changed object; for a stamp, its document."""
    first, *_ = content.get("objects") or [content.get("object") or {}]
    model = Model.DOCUMENTS if kind.model is Model.STAMPS else kind.model
    number = first.get(model.id_field)
    return None if number is None else f"{model.noun} {number}"


EVENT_TYPES = tuple(
    EventType(name, partial(_sample, kind), by_name_only=True, named_only=True, subject=partial(_subject, kind))
    for name, kind in KINDS.items()
)
