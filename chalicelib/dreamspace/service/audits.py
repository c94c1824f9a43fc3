"""Audit entries of changes and removals. A new object's row names who created it."""

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model
from chalicelib.partners.audits import audit


def values_of(row: object, names: Iterable[str]) -> dict[str, Any]:
    """The present values of a row's fields."""
    return {name: getattr(row, name) for name in names}


def audit_update(
    transaction: Transaction,
    origin: str,
    model: Model,
    number: int,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Adds an entry with the changed fields; no entry if nothing changed."""
    changed = [name for name, value in after.items() if name not in before or before[name] != value]
    if changed:
        action, old = f"dreamspace_{model.noun}.update", {name: before.get(name) for name in changed}
        new = {name: after[name] for name in changed}
        audit(transaction, origin, action=action, target=str(number), before=old, after=new)


def audit_removal(
    transaction: Transaction, origin: str, model: Model, number: int, *, before: Mapping[str, Any]
) -> None:
    """Adds the entry of a removal."""
    action = f"dreamspace_{model.noun}.delete"
    audit(transaction, origin, action=action, target=str(number), before=dict(before), after=None)
