"""The effects of finished chain jobs: on the NFT, its final transactions, the ledger and the partner's webhooks.

The chain worker calls these when it finishes a job, each inside one transaction.
"""

from typing import Any

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, gardenlab_mint
from chalicelib.chain.service import outbox as chain
from chalicelib.chain.service.owners import Failure, Minted, NearlySpent, Standing, Updated
from chalicelib.core.clock import epoch_micros
from chalicelib.core.errors import existing
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.gardenlab.models import MINTED, ScanRow, TokenRow
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.service import change_outcomes, contract_events, ownership
from chalicelib.gardenlab.service.emitting import emit_once, written
from chalicelib.gardenlab.service.mints import document_of

_MINT = "mint"


class GardenlabTokens:
    """The chain's jobs as they concern Gardenlab's NFTs; the protocol is `TokenOwner`."""

    changed = staticmethod(change_outcomes.add_changed)
    change_failed = staticmethod(change_outcomes.add_failure)
    moved = staticmethod(ownership.apply_move)
    uri_changed = staticmethod(ownership.apply_uri)
    lock_changed = staticmethod(contract_events.apply_lock)
    settings_changed = staticmethod(contract_events.apply_settings)
    contracts = staticmethod(ownership.contracts_on)

    def document(self, token: chain.TokenReference) -> bytes:
        """The metadata of the NFT as it stands now."""
        return document_of(_token(token))

    def standing(self, token: chain.TokenReference) -> Standing:
        """Which token the NFT is now, and whether its mint is final, so that URI updates may run."""
        row = _token(token)
        return Standing(token._replace(token_id=row.token_id), row.status == MINTED)

    def minted(self, transaction: Transaction, token: chain.TokenReference, outcome: Minted) -> None:
        """Adds the changes of a final mint."""
        row = _token(token)
        repository.add_minted(transaction, row, owner=outcome.recipient, token_url=outcome.uri, at=outcome.at)
        repository.add_final_transaction(
            transaction,
            row,
            0,
            at_micros=epoch_micros(outcome.at),
            xp_before=row.xp_micros,
            xp_after=row.xp_micros,
            level_before=row.level,
            level_after=row.level,
            max_level_reached=row.max_level_reached,
            interaction_name=_MINT,
            type=_MINT,
            **_transaction_fields(outcome),
        )
        email = Identity("email", row.mailbox)
        activity.record_act(
            transaction,
            row.origin,
            identity=email,
            activity=gardenlab_mint(row.contract_id),
            at=outcome.at,
            source=f"{row.contract_id}/{row.lies_under}/{_MINT}",
        )
        activity.link(transaction, row.origin, email, Identity("wallet", outcome.recipient.lower()))
        content = event_bodies.minted(event_bodies.names_of(row), written(outcome), at=epoch_micros(outcome.at))
        _emit(transaction, token, content, _MINT, outcome.attempt)

    def updated(self, transaction: Transaction, token: chain.TokenReference, outcome: Updated) -> None:
        """Adds the changes of a final URI update, for one of its scans."""
        row = _token(token)
        scan = _scan(row, outcome.scan_number)
        repository.add_token_url(transaction, row, outcome.uri)
        fields = {name: getattr(scan, name) for name in _SCAN_FIELDS}
        repository.add_final_transaction(
            transaction, row, outcome.scan_number, **fields, **_transaction_fields(outcome)
        )
        content = event_bodies.updated(
            event_bodies.names_of(row), written(outcome), at=int(scan.at_micros), uri=outcome.uri
        )
        _emit(transaction, token, content, "scan", outcome.scan_number)

    def mint_failed(self, transaction: Transaction, token: chain.TokenReference, failure: Failure) -> None:
        """Adds the changes of a failed mint, which may be requested again."""
        row = _token(token)
        repository.add_mint_failure(transaction, row, code=failure.code)
        at = epoch_micros(failure.at)
        content = event_bodies.mint_failed(event_bodies.names_of(row), at=at, code=failure.code, reason=failure.reason)
        _emit(transaction, token, content, _MINT, failure.number)

    def update_failed(self, transaction: Transaction, token: chain.TokenReference, failure: Failure) -> None:
        """Adds the webhook of a failed URI update; nothing else changes."""
        row = _token(token)
        scan = _scan(row, failure.number)
        at = int(scan.at_micros)
        content = event_bodies.update_failed(
            event_bodies.names_of(row), at=at, code=failure.code, reason=failure.reason
        )
        _emit(transaction, token, content, "scan", failure.number)

    def budget_nearly_spent(self, transaction: Transaction, origin: str, budget: NearlySpent) -> None:
        """Adds the webhook of a budget that is nearly spent, once for its period."""
        content = event_bodies.budget_nearly_spent(budget.chain, budget.account, at=epoch_micros(budget.at))
        emit_once(transaction, origin, content, budget.chain, budget.account.period)


_SCAN_FIELDS = (
    "at_micros",
    "xp_before",
    "xp_after",
    "level_before",
    "level_after",
    "max_level_reached",
    "interaction_name",
    "type",
)


def _token(token: chain.TokenReference) -> TokenRow:
    row = repository.find_token(token.origin, token.contract_id, token.token_id)
    return existing(row, otherwise=LookupError(f"no NFT {token.contract_id}/{token.token_id}"))


def _scan(token: TokenRow, number: int) -> ScanRow:
    row = repository.find_scan(token.pk, number)
    return existing(row, otherwise=LookupError(f"no scan {number} of {token.contract_id}/{token.token_id}"))


def _transaction_fields(outcome: Minted | Updated) -> dict[str, Any]:
    return {
        "tx_hash": outcome.transaction_hash,
        "transaction_url": outcome.transaction_url,
        "new_uri": outcome.uri,
        "cost": outcome.cost,
    }


def _emit(
    transaction: Transaction,
    token: chain.TokenReference,
    content: event_bodies.Body,
    cause: str,
    number: int,
) -> None:
    emit_once(transaction, token.origin, content, token.contract_id, token.token_id, cause, str(number))
