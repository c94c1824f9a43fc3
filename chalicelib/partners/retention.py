"""How long a partner's rows are kept, by what they hold. Code that writes such a row sets its expiry by this."""

from typing import Final, NamedTuple

from chalicelib.core.cache import TtlCache
from chalicelib.partners import repository

DEFAULT_DAYS: Final = 90
CHANGE_DELAY_SECONDS: Final = 60


class Retention(NamedTuple):
    """How many days rows are kept, by what they hold."""

    webhook_bodies: int = DEFAULT_DAYS
    attempts: int = DEFAULT_DAYS
    evidence: int = DEFAULT_DAYS


_kept: TtlCache[str, Retention] = TtlCache(seconds=CHANGE_DELAY_SECONDS, max_entries=4096)


def retention_of(origin: str) -> Retention:
    """How long what is written now is kept. Answers from memory for 60 s, which is the stated delay of a change."""
    return _kept.get(origin, lambda: _stored(origin)) or Retention()


def forget_retention(origin: str) -> None:
    """Drops what this process remembers, after a change."""
    _kept.forget(origin)


def _stored(origin: str) -> Retention:
    row = repository.find_partner(origin, consistent=False)
    stored = {} if row is None else row.retention or {}
    return Retention(**{kind: days for kind, days in stored.items() if kind in Retention._fields})
