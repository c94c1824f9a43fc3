"""Changes of a collection's contract on the chain, whoever made them: locks of tokens, and settings.

Our own changes come with the end of their job, all others with the chain's events. Each is stored with its place on the
chain. One that lies before the stored place is ignored, so their order does not matter.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.chain.contract_v2 import Settings
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Locking
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import MINTED, MINTING, TokenRow
from chalicelib.gardenlab.repository import collections as collection_rows
from chalicelib.gardenlab.repository import tokens as token_rows


@retried("the NFT")
def apply_lock(token: TokenReference, locking: Locking) -> bool:
    """Writes whether an NFT's token is locked; False while the NFT's mint is not ended."""
    row = token_rows.find_token(token.origin, token.contract_id, token.token_id)
    if row is None or row.token_id != token.token_id or row.status not in (MINTING, MINTED):
        return True
    if row.status == MINTING:
        return False
    transaction = Transaction()
    if _add_lock(transaction, row, locking):
        transaction.commit()
    return True


@retried("the collection")
def apply_settings(collection: TokenReference, place: str, read_settings: Callable[[], Settings | None]) -> None:
    """Writes what a contract of version 2 has; `read_settings` asks the chain, after the row was read."""
    row = collection_rows.find_collection(collection.origin, collection.contract_id)
    if row is None or _is_known(row.settings_at, place):
        return
    settings = read_settings()
    if settings is not None:
        fields = settings._asdict()
        del fields["lock"]  # chosen for good
        transaction = Transaction()
        collection_rows.add_contract_settings(transaction, row, fields, place=place)
        transaction.commit()


def add_lock(transaction: Transaction, token: TokenReference, locking: Locking) -> None:
    """Adds whether an NFT's token is locked, where nothing later is known; the commit may raise `RowChanged`."""
    row = token_rows.find_token(token.origin, token.contract_id, token.token_id)
    if row is not None:
        _add_lock(transaction, row, locking)


def add_settings(transaction: Transaction, collection: TokenReference, place: str, settings: dict[str, Any]) -> None:
    """Adds what the contract has, where nothing later is known; the commit may raise `RowChanged`."""
    row = collection_rows.find_collection(collection.origin, collection.contract_id)
    if row is not None and not _is_known(row.settings_at, place):
        collection_rows.add_contract_settings(transaction, row, settings, place=place)


def _add_lock(transaction: Transaction, row: TokenRow, locking: Locking) -> bool:
    if _is_known(row.lock_at, locking.place):
        return False
    token_rows.add_lock(transaction, row, is_locked=locking.is_locked, place=locking.place)
    return True


def _is_known(latest: str | None, place: str) -> bool:
    """Whether what is known is of this place on the chain already, or of a later one."""
    return latest is not None and latest >= place
