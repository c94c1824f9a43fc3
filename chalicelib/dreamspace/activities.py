"""Countable activities of Dreamspace: each type of event, and transactions."""

from chalicelib.activity.domain import ActivitySource
from chalicelib.dreamspace.domain.models import EVENT_FIELDS, Model


def _unknown_in(origin: str, kind: str) -> str | None:
    del origin  # the kinds are the same for all
    kinds = (*EVENT_FIELDS, Model.TRANSACTIONS.noun)
    return None if kind in kinds else f"the event type {kind!r}: it is one of {', '.join(kinds)}"


ACTIVITIES = ActivitySource("dreamspace", _unknown_in)
