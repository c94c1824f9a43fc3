"""Which event types the endpoints of a partner name, as far as this process remembers.

An endpoint that names one for the first time, in another process, counts after `CHANGE_DELAY_SECONDS` at the latest, as
each change of an endpoint does.
"""

from collections.abc import Collection
from typing import Final

from chalicelib.core.cache import TtlCache

CHANGE_DELAY_SECONDS: Final = 10

_named: TtlCache[str, frozenset[str]] = TtlCache(seconds=CHANGE_DELAY_SECONDS, max_entries=4096)


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
