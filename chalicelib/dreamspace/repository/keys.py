"""Partition keys, sort keys and index keys."""

from datetime import datetime
from typing import Any

from chalicelib.core.ids import digest
from chalicelib.core.tables import key
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.times import sortable

LARGEST_ID = 10**15 - 1
USER, WALLET, TWITCH, PLACE, COUNTER = "USER", "WALLET", "USER", "PLACE", "COUNTER"
DOCUMENT, ENTRY, STAMP, PENDING = "DOCUMENT", "ENTRY", "STAMP", "PENDING"
UNFORGOTTEN, GROUP, OBJECT = "UNFORGOTTEN#", "STAMPS#", "OBJECT#"
END = "~"  # behind every id


def id_text(number: int) -> str:
    """An id as 15 digits."""
    return f"{number:015d}"


def moment_text(at: datetime, number: int) -> str:
    """The key of an object in an index by time."""
    return f"{sortable(at)}#{id_text(number)}"


def user_pk(origin: str, user_id: int) -> str:
    """The partition of a user and its rows."""
    return key(origin, "U", user_id)


def twitch_pk(origin: str, twitch_id: str) -> str:
    """The partition of a twitch_id."""
    return key(origin, "TWITCH", digest(twitch_id))


def document_pk(origin: str, document_id: int) -> str:
    """The partition of a document and its rows."""
    return key(origin, "D", document_id)


def stamp_pk(origin: str, stamp_id: int) -> str:
    """The partition of a stamp's own row."""
    return key(origin, STAMP, stamp_id)


def place_pk(origin: str, model: Model, number: int) -> str:
    """The partition of a child's `place` row."""
    return key(origin, model.noun.upper(), number)


def child_prefix(model: Model) -> str:
    """The prefix of the sort keys of a user's children of one model."""
    return f"{model.noun.upper()}#"


def child_sk(model: Model, number: int) -> str:
    """A child's sort key under its user."""
    return child_prefix(model) + id_text(number)


def group_sk(generation: int, name: str) -> str:
    """The sort key of a group of further stamps."""
    return f"{GROUP}{generation:010d}#{name}"


def list_key(origin: str, model: Model) -> str:
    """The key of all objects of a model, in the indexes `listed`, `by_time` and `by_moment`."""
    return key(origin, "ALL", model.value)


def listed(origin: str, model: Model, number: int, at: datetime) -> dict[str, Any]:
    """The keys of an object in the indexes `listed` and `by_time`."""
    return {
        "list_key": list_key(origin, model),
        "id_key": id_text(number),
        "time_key": moment_text(at, number),
    }


def trait_key(origin: str, model: Model, trait: str | int | bool) -> str:
    """The key of objects with a trait, in the index `by_trait`."""
    return key(origin, "TRAIT", model.value, digest(str(trait)))


def seal_key(origin: str, seal: int) -> str:
    """The key of events whose documents have a seal, in the index `by_seal`."""
    return key(origin, "SEALED", seal)


def events_of_key(origin: str, document_id: int) -> str:
    """The key of a document's events, in the index `by_document`."""
    return key(origin, "EVENTS OF", document_id)


def stamped_key(origin: str, stamp_type: str) -> str:
    """The key of stamps of a type, in the index `by_document`."""
    return key(origin, "STAMPED", digest(stamp_type))
