"""Which event types there are, and which of them a partner's endpoints name, as far as this process remembers.

An endpoint that names one for the first time, in another process, counts after `CHANGE_DELAY_SECONDS` at the latest, as
each change of an endpoint does.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from chalicelib.core.cache import TtlCache

if TYPE_CHECKING:
    from chalicelib.webhooks.domain import EventType

CHANGE_DELAY_SECONDS: Final = 10

_named: TtlCache[str, frozenset[str]] = TtlCache(seconds=CHANGE_DELAY_SECONDS, max_entries=4096)


@lru_cache(maxsize=1)
def declared_event_types() -> "Mapping[str, EventType]":
    """What the features declare in `webhook_events.EVENT_TYPES`, by name; found when it is first asked for."""
    from chalicelib.core.features import modules_named

    return {each.name: each for module in modules_named("webhook_events") for each in module.EVENT_TYPES}


def check_declared(event_types: list[str]) -> list[str]:
    """The same types. Raises `ValueError` where one is not declared."""
    declared = declared_event_types()
    unknown = [repr(each) for each in event_types if each not in declared]
    if unknown:
        raise ValueError(f"there is no {' or '.join(unknown)}; there are {', '.join(sorted(declared))}")
    return event_types


def are_named(origin: str, event_types: Collection[str]) -> bool:
    """Whether an endpoint of the partner, enabled or not, names one of these types, or did at most 10 s ago."""
    named = _named.get(origin, lambda: _read(origin))
    return named is not None and not named.isdisjoint(event_types)


def forget_named(origin: str) -> None:
    """Drops what this process remembers, after a change of the partner's endpoints."""
    _named.forget(origin)


def _read(origin: str) -> frozenset[str]:
    from chalicelib.webhooks.repository.endpoints import all_endpoints  # loads with the first change that may be told

    return frozenset(name for endpoint in all_endpoints(origin) for name in endpoint.event_types)
