"""Budgets as the operator sets them and as they are shown; every change leaves an audit entry."""

from decimal import Decimal

from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.chain.domain.budgets import Limits
from chalicelib.chain.errors import require_chain
from chalicelib.chain.models.budgets import BudgetRow
from chalicelib.chain.repository import budgets as budget_rows
from chalicelib.chain.schemas import BudgetRead, BudgetUpdate
from chalicelib.chain.service.costs import cost_of
from chalicelib.core.errors import NotFound, existing
from chalicelib.core.retrying import retried
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.audits import audit

_WHAT = "the budget"


def list_budgets(origin: str) -> list[BudgetRead]:
    """A partner's budgets on the stage's chains. Raises `PartnerUnknown`."""
    partners.get_partner(origin)
    return [_shown(row) for row in budget_rows.find_budgets(origin, settings().chain_names)]


def find_budget(origin: str, chain: str) -> BudgetRead | None:
    """A partner's budget on a chain, if it has one."""
    row = budget_rows.find_budget(origin, chain)
    return None if row is None else _shown(row)


@retried(_WHAT)
def set_budget(origin: str, chain: str, body: BudgetUpdate) -> BudgetRead:
    """Sets the given limits. Raises `PartnerUnknown` or `NoSuchChain`."""
    partners.get_partner(origin)
    require_chain(chain)
    given = body.model_dump(exclude_unset=True)
    changes = {"wei" if name == "coins" else name: value for name, value in given.items()}
    if changes.get("wei") is not None:
        changes["wei"] = int(Decimal(changes["wei"]) * COIN)
    row = budget_rows.find_budget(origin, chain)
    before = None if row is None else budget_rows.account_of(row).limits
    limits = (Limits() if before is None else before)._replace(**changes)
    transaction = Transaction()
    if row is None:
        row = budget_rows.new_budget(origin, chain, limits)
        budgeted = budget_rows.find_budgeted(chain)
        budget_rows.add_budget(transaction, row)
        budget_rows.add_budgeted(transaction, budgeted, [*budgeted.origins, origin])
    else:
        budget_rows.add_limits(transaction, row, limits)
    _audit(transaction, row, "gas_budget.update", before, limits)
    transaction.commit()
    return _shown(row)


@retried(_WHAT)
def remove_budget(origin: str, chain: str) -> BudgetRead:
    """Lets a partner spend without limit; gives the budget as it was. Raises `NotFound`."""
    unknown = NotFound(f"{origin} has no budget on {chain}.")
    row = existing(budget_rows.find_budget(origin, chain), otherwise=unknown)
    budgeted, transaction = budget_rows.find_budgeted(chain), Transaction()
    budget_rows.add_removal(transaction, row)
    budget_rows.add_budgeted(transaction, budgeted, [each for each in budgeted.origins if each != origin])
    _audit(transaction, row, "gas_budget.delete", budget_rows.account_of(row).limits, None)
    transaction.commit()
    return _shown(row)


def _audit(transaction: Transaction, row: BudgetRow, action: str, before: Limits | None, after: Limits | None) -> None:
    audit(transaction, row.origin, action=action, target=row.chain or "", before=_told(before), after=_told(after))


def _told(limits: Limits | None) -> dict[str, int | str | None] | None:
    if limits is None:
        return None
    return {"mints": limits.mints, "updates": limits.updates, "coins": _text(limits.wei)}


def _text(wei: int | None) -> str | None:
    return None if wei is None else decimal(wei, COIN)


def _shown(row: BudgetRow) -> BudgetRead:
    account = budget_rows.account_of(row)
    cost = cost_of(row.chain or "", account.spent.wei)
    return BudgetRead(
        chain=row.chain or "",
        mints=row.mints,
        updates=row.updates,
        coins=_text(row.wei),
        day=account.day,
        spent_mints=account.spent.mints,
        spent_updates=account.spent.updates,
        spent_coins=cost.coins,
        spent_value=cost.value,
        currency=cost.currency,
        held_mints=account.held.mints,
        held_updates=account.held.updates,
        held_coins=decimal(account.held.wei, COIN),
    )
