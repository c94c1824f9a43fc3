"""The filters of each model: how a value is parsed and how objects are matched."""

import operator
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, NamedTuple

from chalicelib.core.numbers import is_whole
from chalicelib.core.times import stored_time
from chalicelib.dreamspace.domain.models import EVENT_TYPES, Model
from chalicelib.dreamspace.domain.times import parse_query_time

_LONGEST_INTEGER = 40  # longer ones are integers too, and no object has them
_NOBODYS = -(10**40)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def read_integer(text: str, _: tzinfo) -> int:
    """An integer. Raises `ValueError`."""
    if not is_whole(text):
        raise ValueError("must be an integer")
    return int(text) if len(text) <= _LONGEST_INTEGER else _NOBODYS


def read_text(text: str, _: tzinfo) -> str:
    """The text itself."""
    return text


def read_flag(text: str, _: tzinfo) -> bool:
    """true, false, 1 or 0. Raises `ValueError`."""
    if text not in _FLAGS:
        raise ValueError("must be true, false, 1 or 0")
    return _FLAGS[text]


def read_event_type(text: str, _: tzinfo) -> str:
    """The type of an event. Raises `ValueError`."""
    if text not in EVENT_TYPES:
        raise ValueError(f"must be one of {', '.join(EVENT_TYPES)}")
    return text


def _is_set(found: Any, wanted: Any) -> bool:
    return (found is not None) is wanted


def _is_after(found: Any, wanted: Any) -> bool:
    return found is not None and stored_time(found) > wanted


def _is_before(found: Any, wanted: Any) -> bool:
    return found is not None and stored_time(found) < wanted


class Filter(NamedTuple):
    """One filter on `field`; `is_joined` if the field belongs to an object that the row refers to."""

    field: str
    read: Callable[[str, tzinfo], Any]
    lets_through: Callable[[Any, Any], bool] = operator.eq
    is_joined: bool = False


Values = Mapping[str, Any]


def _range(field: str, *, is_joined: bool = False) -> dict[str, Filter]:
    stem = field.removesuffix("_at")
    return {
        f"{stem}_after": Filter(field, parse_query_time, _is_after, is_joined),
        f"{stem}_before": Filter(field, parse_query_time, _is_before, is_joined),
    }


FILTERS: dict[Model, dict[str, Filter]] = {
    Model.USERS: {
        "user_id": Filter("user_id", read_integer),
        "twitch_id": Filter("twitch_id", read_text),
        "name": Filter("name", read_text),
        **_range("created_at"),
    },
    Model.TRANSACTIONS: {
        "transaction_id": Filter("transaction_id", read_integer),
        "user_id": Filter("user_id", read_integer),
        "description": Filter("description", read_text),
        "reference": Filter("reference", read_text),
        **_range("created_at"),
    },
    Model.SPECIMENS: {
        "specimen_id": Filter("specimen_id", read_integer),
        "owner_id": Filter("owner_id", read_integer),
        "forgotten": Filter("forgotten_at", read_flag, _is_set),
        **_range("born_at"),
        **_range("forgotten_at"),
    },
    Model.EVENTS: {
        "event_id": Filter("event_id", read_integer),
        "document_id": Filter("document_id", read_integer, is_joined=True),
        "user_id": Filter("user_id", read_integer, is_joined=True),
        "user_name": Filter("user_name", read_text),
        "event_type": Filter("event_type", read_event_type),
        "document_seal": Filter("document_seal", read_integer, is_joined=True),
        **_range("created_at"),
        **_range("occurred_at"),
    },
    Model.DOCUMENTS: {
        "document_id": Filter("document_id", read_integer),
        "seal": Filter("seal", read_integer, is_joined=True),
        "metadata": Filter("metadata", read_text, is_joined=True),
        "stamp_type": Filter("stamp_types", read_text, operator.contains, is_joined=True),
        **_range("created_at", is_joined=True),
    },
    Model.STAMPS: {
        "stamp_id": Filter("stamp_id", read_integer),
        "document_id": Filter("document_id", read_integer),
        "stamp_type": Filter("stamp_type", read_text),
    },
}


# Fields without an index: rows of the partner are checked one by one.
UNINDEXED = frozenset({"name", "description", "reference", "user_name", "metadata"})


class InvalidFilter(ValueError):
    """A filter's value is invalid; the message names the filter."""


def read_filters(model: Model, query: Mapping[str, str], zone: tzinfo) -> dict[str, Any]:
    """The values of the filters in a query; other parameters are ignored. Raises `InvalidFilter`."""
    values = {}
    for name, filter_ in FILTERS[model].items():
        if name in query:
            try:
                values[name] = filter_.read(query[name], zone)
            except ValueError as error:
                raise InvalidFilter(f"{name}: {error}") from error
    return values


def passes(model: Model, values: Values, found: Any, *, joined: bool) -> bool:
    """True if the object passes all filters: either the joined ones or the others."""
    for name, wanted in values.items():
        filter_ = FILTERS[model][name]
        if filter_.is_joined is joined and not filter_.lets_through(getattr(found, filter_.field), wanted):
            return False
    return True


def needs_join(model: Model, values: Values) -> bool:
    """True if a filter needs an object that the row refers to."""
    return any(FILTERS[model][name].is_joined for name in values)
