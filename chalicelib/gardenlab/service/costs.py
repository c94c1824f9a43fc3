"""What a partner's mints, updates and changes cost by day, and what the latest mints of a collection did."""

from datetime import date
from typing import NamedTuple

from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.chain.service.costs import Cost, cost_of
from chalicelib.core.tables import read_batch
from chalicelib.gardenlab.models import CollectionRow, FinalTransactionRow
from chalicelib.gardenlab.repository import timeline as entries
from chalicelib.gardenlab.repository import tokens as token_rows
from chalicelib.gardenlab.service import timeline
from chalicelib.partners import service as partners

_LOOKED_THROUGH = 100


class ChainCost(NamedTuple):
    """What was paid on one chain: as a `Cost`, and how much of its coins was for what."""

    chain: str
    coins: str
    value: str | None
    currency: str | None
    mints: str
    updates: str
    changes: str


class DayUsage(NamedTuple):
    """What happened at a partner's on one UTC day, and what it cost by chain."""

    date: date
    announced: int
    scanned: int
    minted: int
    updated: int
    changed: int
    costs: list[ChainCost]


class Usage(NamedTuple):
    """The last 30 days, today last; `is_complete` is false while some of it is still uncounted."""

    days: list[DayUsage]
    is_complete: bool


class MintCost(NamedTuple):
    """A final mint, and its cost."""

    token_id: str
    transaction: FinalTransactionRow
    cost: Cost


def usage(origin: str) -> Usage:
    """What happened at a partner's by day. Raises `PartnerUnknown`."""
    partners.get_partner(origin)
    found, (spent_on, is_complete) = timeline.daily(origin), timeline.spent(origin)
    return Usage([_shown(day, spent_on(day.date)) for day in found.days], found.is_complete and is_complete)


def latest_mints(collection: CollectionRow, *, limit: int) -> list[MintCost]:
    """The collection's latest final mints whose cost is known, of the partner's last 100 events: two requests."""
    found, _ = entries.newest_entries(collection.origin, before=None, limit=_LOOKED_THROUGH)
    prefix = token_rows.token_key(collection.origin, collection.contract_id, "")
    mints = [each for each in found if each.cost is not None and each.pk.startswith(prefix)][:limit]
    rows = read_batch([(FinalTransactionRow, each.pk, each.sk) for each in mints], consistent=False) if mints else []
    return [
        MintCost(row.pk.removeprefix(prefix), row, cost_of(collection.chain, row.cost_wei))
        for row in rows
        if isinstance(row, FinalTransactionRow) and row.cost_wei is not None
    ]


def transaction_cost(chain: str, row: FinalTransactionRow | None) -> Cost | None:
    """What a final transaction cost; None where nobody knows, or there is none."""
    return None if row is None or row.cost_wei is None else cost_of(chain, row.cost_wei)


def _shown(day: timeline.Day, spent: timeline.Spent) -> DayUsage:
    by_kind = [day.costs, spent.costs[timeline.UPDATED], spent.costs[timeline.CHANGED]]
    costs = []
    for chain in sorted(set().union(*by_kind)):
        each = [costs_of_kind.get(chain, 0) for costs_of_kind in by_kind]
        costs.append(ChainCost(chain, *cost_of(chain, sum(each)), *(decimal(wei, COIN) for wei in each)))
    counts = spent.counts
    return DayUsage(
        day.date, day.announced, day.scanned, day.minted, counts[timeline.UPDATED], counts[timeline.CHANGED], costs
    )
