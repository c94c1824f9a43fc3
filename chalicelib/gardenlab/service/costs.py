"""What a partner's mints, updates and changes cost by day, and what the latest mints of a collection cost."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.chain.service.costs import Cost, cost_of
from chalicelib.core.tables import read_batch
from chalicelib.gardenlab.admin_schemas import ChainCostRead, DayUsageRead, UsageRead
from chalicelib.gardenlab.models import CollectionRow, FinalTransactionRow
from chalicelib.gardenlab.repository import timeline as entries
from chalicelib.gardenlab.repository import tokens as token_rows
from chalicelib.gardenlab.service import timeline
from chalicelib.partners import service as partners

_LOOKED_THROUGH = 100


class MintCost(NamedTuple):
    """A final mint, and its cost."""

    token_id: str
    transaction: FinalTransactionRow
    cost: Cost


def usage(origin: str) -> UsageRead:
    """What happened at a partner's on each of the last 30 days. Raises `PartnerUnknown`."""
    partners.get_partner(origin)
    found, (spent, is_complete) = timeline.daily(origin), timeline.spent(origin)
    days = [_shown(day, spent.get(day.date.isoformat(), {})) for day in found.days]
    return UsageRead(days=days, is_complete=found.is_complete and is_complete)


def latest_mints(collection: CollectionRow, *, limit: int) -> list[MintCost]:
    """The collection's latest final mints whose cost is known, of the partner's last 100 events: two requests."""
    found, _ = entries.newest_entries(collection.origin, before=None, limit=_LOOKED_THROUGH)
    prefix = token_rows.token_key(collection.origin, collection.contract_id, "")
    mints = [each for each in found if each.cost is not None and each.pk.startswith(prefix)][:limit]
    rows = read_batch([(FinalTransactionRow, each.pk, each.sk) for each in mints], consistent=False)
    return [
        MintCost(row.pk.removeprefix(prefix), row, cost_of(collection.chain, row.cost_wei))
        for row in rows
        if isinstance(row, FinalTransactionRow) and row.cost_wei is not None
    ]


def transaction_cost(chain: str, row: FinalTransactionRow | None) -> Cost | None:
    """What a final transaction cost; None where that is unknown, or there is none."""
    return None if row is None or row.cost_wei is None else cost_of(chain, row.cost_wei)


def _shown(day: timeline.Day, spent: Mapping[str, int]) -> DayUsageRead:
    updates, changes = timeline.costs_in(spent, timeline.UPDATED), timeline.costs_in(spent, timeline.CHANGED)
    by_kind = {"mints": day.costs, "updates": updates, "changes": changes}
    costs = []
    for chain in sorted({*day.costs, *updates, *changes}):
        each = {kind: by_chain.get(chain, 0) for kind, by_chain in by_kind.items()}
        coins = {kind: decimal(wei, COIN) for kind, wei in each.items()}
        costs.append(ChainCostRead(chain=chain, **cost_of(chain, sum(each.values()))._asdict(), **coins))
    return DayUsageRead(
        date=day.date,
        announced=day.announced,
        scanned=day.scanned,
        minted=day.minted,
        updated=spent.get(timeline.UPDATED, 0),
        changed=spent.get(timeline.CHANGED, 0),
        costs=costs,
    )
