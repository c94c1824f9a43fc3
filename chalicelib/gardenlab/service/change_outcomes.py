"""The effects of a contract's ended change: on the collection, the change itself, and the partner's webhooks."""

from typing import Any

from chalicelib.chain.domain.changes import Change
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Changed, Failure, Locking
from chalicelib.core.clock import epoch_micros
from chalicelib.core.errors import existing
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.gardenlab.repository import changes as repository
from chalicelib.gardenlab.service import contract_events
from chalicelib.gardenlab.service.emitting import emit_once, written


def add_changed(transaction: Transaction, collection: TokenReference, outcome: Changed) -> None:
    """Adds that a change is final."""
    change, origin, contract_id = outcome.change, collection.origin, collection.contract_id
    repository.add_done(
        transaction,
        origin,
        contract_id,
        outcome.number,
        chain=collection.chain,
        cost=outcome.cost,
        ended_at=outcome.at,
        tx_hash=outcome.transaction_hash,
        transaction_url=outcome.transaction_url,
    )
    if change.token_id is not None:
        token = collection._replace(token_id=change.token_id)
        contract_events.add_lock(transaction, token, Locking(change.kind == "lock", outcome.place))
    else:
        contract_events.add_settings(transaction, collection, outcome.place, _settings_of(change))
    names = _names(collection, outcome.number, change)
    content = event_bodies.changed(names, written(outcome), at=epoch_micros(outcome.at))
    emit_once(transaction, origin, content, contract_id, "change", str(outcome.number))


def add_failure(transaction: Transaction, collection: TokenReference, failure: Failure) -> None:
    """Adds that a change failed for good."""
    origin, contract_id, number = collection.origin, collection.contract_id, failure.number
    row = existing(
        repository.find_change(origin, contract_id, number),
        otherwise=LookupError(f"no change {number} of {contract_id}"),
    )
    end = {"ended_at": failure.at, "code": failure.code, "error": failure.reason}
    repository.add_failed(transaction, origin, contract_id, number, **end)
    names = _names(collection, number, repository.change_of(row))
    content = event_bodies.change_failed(names, at=epoch_micros(failure.at), code=failure.code, reason=failure.reason)
    emit_once(transaction, origin, content, contract_id, "change", str(number))


def _settings_of(change: Change) -> dict[str, Any]:
    """The fields of the collection's row that the change is about."""
    if change.kind == "metadata":
        return {"contract_uri": change.contract_uri}
    return {"royalty_receiver": change.royalty_receiver, "royalty_basis_points": change.royalty_basis_points}


def _names(collection: TokenReference, number: int, change: Change) -> event_bodies.Asked:
    return event_bodies.asked(collection.contract, collection.contract_id, str(number), change)
