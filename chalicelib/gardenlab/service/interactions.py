"""Saving interactions, and reading them as the domain applies them."""

from datetime import datetime
from typing import Any

from chalicelib.core.ids import sortable_id
from chalicelib.core.retrying import retried, until_unchanged
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import Rule, xp_micros
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import CollectionRow, InteractionRow
from chalicelib.gardenlab.repository import interactions as repository
from chalicelib.gardenlab.schemas import InteractionBody, InteractionRead, SaveActionInteraction
from chalicelib.gardenlab.service.collections import resolve
from chalicelib.gardenlab.service.rules import forget_rules
from chalicelib.idempotency.service import Guard
from chalicelib.partners.audits import Audited, fields_of

AUDITED: Audited[InteractionRow] = Audited(
    "interaction", fields_of(InteractionRead), target=lambda row: f"{row.contract_id}/{row.id}"
)


def save(origin: str, body: SaveActionInteraction, guard: Guard) -> dict[str, Any]:
    """Creates an interaction, or replaces the one named; its validity window stays.

    Raises `ResourceNotFound` for an unknown id, `ActionTaken` for an action name that is taken.
    """
    collection = resolve(origin, contract_id=body.contract_id, contract=body.contract)
    if body.interactionId:
        return _replace(collection, body.interactionId, body.interaction, guard)
    return until_unchanged("the collection's rules", lambda: _create(collection, body.interaction, guard))


def _create(collection: CollectionRow, body: InteractionBody, guard: Guard) -> dict[str, Any]:
    row = _row(collection, sortable_id(), body)
    transaction = Transaction()
    repository.add_new(transaction, row)
    AUDITED.add_creation(transaction, row)
    return _commit(transaction, row, guard)


@retried("the interaction")
def _replace(collection: CollectionRow, interaction_id: str, body: InteractionBody, guard: Guard) -> dict[str, Any]:
    before = repository.find_interaction(collection.origin, collection.contract_id, interaction_id)
    if before is None:
        raise ResourceNotFound("There is no interaction of this interactionId.")
    row = _row(collection, interaction_id, body)
    row.valid_from, row.valid_until, row.version = before.valid_from, before.valid_until, before.version + 1
    transaction = Transaction()
    repository.add_replacement(transaction, row, before=before)
    AUDITED.add_replacement(transaction, before, row)
    return _commit(transaction, row, guard)


def _commit(transaction: Transaction, row: InteractionRow, guard: Guard) -> dict[str, Any]:
    # What is answered can be sent again: without the id and the window, which the closed body does not know.
    shown = InteractionRead.model_validate(row).model_dump(mode="json", include=set(InteractionBody.model_fields))
    answer = {"interaction": shown, "id": row.id}
    guard.seal(transaction, answer)
    transaction.commit()
    forget_rules()
    return answer


def rule_of(row: InteractionRow) -> Rule:
    """The interaction as the domain applies it."""
    return Rule(
        id=row.id,
        name=row.name,
        type=row.type,
        xp_micros=int(row.xp_micros),
        no_xp=row.no_xp,
        custom_xp=row.custom_xp,
        auth_scan_count=int(row.auth_scan_count),
        valid_from=_moment(row.valid_from),
        valid_until=_moment(row.valid_until),
    )


def _row(collection: CollectionRow, interaction_id: str, body: InteractionBody) -> InteractionRow:
    return repository.interaction_row(
        collection.origin,
        collection.contract_id,
        interaction_id,
        type=body.type,
        name=body.name,
        description=body.description,
        xp_micros=xp_micros(body.xpIncrement),
        no_xp=body.noXp,
        custom_xp=body.customXpIncrement,
        auth_scan_count=body.authScanCount,
        action_id=body.action_id or interaction_id,
        version=1,
    )


def _moment(text: str | None) -> datetime | None:
    return stored_time(text) if text else None
