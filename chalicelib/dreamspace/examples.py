"""An example of each model: what creates it, what changes it, and what is shown."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from chalicelib.dreamspace.domain.changes import Kind
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.event_bodies import body_of
from chalicelib.dreamspace.repository.documents import Stamp

_AT = "2025-06-08T10:12:00+00:00"
_THEN = "2025-06-08T20:12:00+10:00"
_USER = {
    "user_id": 1,
    "twitch_id": "105474571",
    "name": "alllenski",
    "preferences": None,
    "created_at": _AT,
}
_SPECIMEN = {"specimen_id": 1, "owner_id": 1, "owner": _USER, "born_at": _AT, "forgotten_at": None}
_STAMP = {"stamp_type": "approve", "pos_x": 40, "pos_y": 60, "rotation": 12.5}
_SHOWN_STAMP = {"stamp_id": 1, "document_id": 1, **_STAMP}
_DOCUMENT = {"document_data": "aGVsbG8=", "seal": 1, "metadata": None}
_SHOWN_DOCUMENT = {
    "document_id": 1,
    "document_data": "aGVsbG8=",
    "seal": 1,
    "created_at": _AT,
    "metadata": None,
    "stamps": [_SHOWN_STAMP],
}

BODIES: Mapping[Model, dict[str, Any]] = {
    Model.USERS: {"twitch_id": "105474571", "name": "alllenski"},
    Model.TRANSACTIONS: {"user_id": 1, "amount": 250, "description": "Quiz", "reference": "quiz-7"},
    Model.SPECIMENS: {"owner_id": 1},
    Model.EVENTS: {
        "user": {"twitch_id": "105474571", "name": "alllenski"},
        "document": {**_DOCUMENT, "stamps": [_STAMP]},
        "user_name": "alllenski",
        "occurred_at": _THEN,
        "event_type": "cheer",
        "amount": 100,
        "message": "Hello",
    },
    Model.DOCUMENTS: {**_DOCUMENT, "stamps": [_STAMP]},
    Model.STAMPS: {"document_id": 1, **_STAMP},
}
CHANGES: Mapping[Model, dict[str, Any]] = {
    Model.USERS: {"name": "alllenski"},
    Model.SPECIMENS: {"forgotten_at": "2025-07-01T08:00:00Z"},
    Model.EVENTS: {"user_name": "alllenski", "message": "Hello"},
    Model.DOCUMENTS: {"seal": 1, "stamps": [_STAMP]},
    Model.STAMPS: {"pos_x": 40},
}
SHOWN: Mapping[Model, dict[str, Any]] = {
    Model.USERS: {**_USER, "specimen": _SPECIMEN, "inventory": [], "wallet": 250},
    Model.TRANSACTIONS: {
        "transaction_id": 1,
        "user_id": 1,
        "user": _USER,
        "amount": 250,
        "description": "Quiz",
        "reference": "quiz-7",
        "created_at": _AT,
    },
    Model.SPECIMENS: _SPECIMEN,
    Model.EVENTS: {
        "event_id": 1,
        "document_id": 1,
        "document": _SHOWN_DOCUMENT,
        "user_id": 1,
        "user": _USER,
        "user_name": "alllenski",
        "occurred_at": _THEN,
        "created_at": _AT,
        "event_type": "cheer",
        "amount": 100,
        "message": "Hello",
    },
    Model.DOCUMENTS: _SHOWN_DOCUMENT,
    Model.STAMPS: _SHOWN_STAMP,
}


def sample_body(kind: Kind, *, at: int) -> dict[str, Any]:
    """The body of an event about the example; `at` in microseconds."""
    shown = SHOWN[kind.model]
    stamps = [Stamp(**stamp) for stamp in shown.get("stamps", ())]
    return body_of(kind, [SimpleNamespace(**{**shown, "stamps": stamps})], at=at)
