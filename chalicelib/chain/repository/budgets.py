"""Rows of budgets, and which partners have one."""

from collections.abc import Sequence

from chalicelib.chain.domain.budgets import NOTHING, Account, Amounts, Limits, period_of
from chalicelib.chain.models.budgets import BudgetedRow, BudgetRow
from chalicelib.chain.models.submissions import SignerRow
from chalicelib.core.clock import now
from chalicelib.core.ids import random_token
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import find, key, read_batch
from chalicelib.core.transactions import Transaction

_BUDGET, _BUDGETED = "BUDGET", "BUDGETED"
_MADE_LETTERS = 8


def find_budget(origin: str, chain: str) -> BudgetRow | None:
    """A partner's budget on a chain, strongly consistent."""
    return find(BudgetRow, key(_BUDGET, origin, chain), _BUDGET)


def find_budgets(origin: str, chains: Sequence[str]) -> list[BudgetRow]:
    """A partner's budgets on at most 100 chains, in their order: one request."""
    rows = read_batch([(BudgetRow, key(_BUDGET, origin, chain), _BUDGET) for chain in chains]) if chains else []
    return [row for row in rows if isinstance(row, BudgetRow)]


def account_of(row: BudgetRow) -> Account:
    """The budget as it stands today: a new day begins with nothing spent.

    A clock that is behind another's does not bring the day before back.
    """
    limits, period = Limits(row.mints, row.updates, row.wei), period_of(now().date(), row.made)
    if row.period < period:
        return Account(limits, period)
    return Account(limits, row.period, Amounts(*row.spent), Amounts(*row.held))


def new_budget(origin: str, chain: str, limits: Limits) -> BudgetRow:
    """A budget of which nothing is spent; not stored yet."""
    made = random_token(_MADE_LETTERS)
    period = period_of(now().date(), made)
    row = BudgetRow(key(_BUDGET, origin, chain), _BUDGET, chain=chain, origin=origin, made=made, period=period)
    row.mints, row.updates, row.wei = limits
    row.spent, row.held, row.version = list(NOTHING), list(NOTHING), 1
    return row


def add_budget(transaction: Transaction, row: BudgetRow) -> None:
    """Adds a new budget; the commit may raise `RowChanged`."""
    transaction.create(row, otherwise=RowChanged())


def add_limits(transaction: Transaction, row: BudgetRow, limits: Limits) -> None:
    """Adds other limits, on the row in memory as well; the commit may raise `RowChanged`."""
    transaction.change_version(row, limits._asdict())


def add_account(transaction: Transaction, row: BudgetRow, account: Account, *, told: str | None = None) -> None:
    """Adds what is spent and held by now, and the period of what was told; the commit may raise `RowChanged`."""
    changes = {"period": account.period, "spent": list(account.spent), "held": list(account.held)}
    transaction.change_version(row, changes if told is None else {**changes, "told": told})


def add_removal(transaction: Transaction, row: BudgetRow) -> None:
    """Adds the end of a budget; the commit may raise `RowChanged`."""
    transaction.delete(row, condition=BudgetRow.version == row.version, otherwise=RowChanged())


def find_budgeted(chain: str) -> BudgetedRow:
    """Which partners have a budget on a chain; a row that was never stored has version 0."""
    pk = key(_BUDGETED, chain)
    return find(BudgetedRow, pk, _BUDGETED) or BudgetedRow(pk, _BUDGETED, origins=[], signers=[], version=0)


def add_budgeted(transaction: Transaction, row: BudgetedRow, origins: Sequence[str]) -> None:
    """Adds that these partners have a budget, with the copies of all signers; the commit may raise `RowChanged`."""
    for signer in row.signers:
        actions = [SignerRow.budgeted.set(list(origins))]
        transaction.update(SignerRow(signer, "SIGNER"), actions, condition=SignerRow.pk.exists())
    _add_budgeted_change(transaction, row, origins, row.signers)


def add_signer(transaction: Transaction, row: BudgetedRow, signer: str) -> None:
    """Adds that a signer has a copy of the row; the commit may raise `RowChanged`."""
    _add_budgeted_change(transaction, row, row.origins, [*row.signers, signer])


def _add_budgeted_change(
    transaction: Transaction, row: BudgetedRow, origins: Sequence[str], signers: Sequence[str]
) -> None:
    unchanged = BudgetedRow.version == row.version if row.version else BudgetedRow.pk.does_not_exist()
    stored = BudgetedRow(row.pk, row.sk, origins=list(origins), signers=list(signers), version=row.version + 1)
    transaction.put(stored, condition=unchanged, otherwise=RowChanged())
