"""Countable activities of Dreamspace: each type of event, and transactions."""

from chalicelib.activity.domain import ActivitySource, dreamspace_act
from chalicelib.dreamspace.domain.models import EVENT_TYPES, Model

_KINDS = (*EVENT_TYPES, Model.TRANSACTIONS.noun)  # the same for all partners


def _unknown_in(origin: str, kind: str) -> str | None:
    del origin
    return None if kind in _KINDS else f"there is no event type {kind!r}; there are {', '.join(_KINDS)}"


def _known(origin: str) -> list[str]:
    del origin
    return [dreamspace_act(kind) for kind in _KINDS]


ACTIVITIES = ActivitySource("dreamspace", _unknown_in, _known)
