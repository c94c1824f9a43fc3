"""Rows of NFTs, of the guests they are reserved to, of scans and final transactions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.ids import digest
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, as_read, assign, find, key, read_batch, read_batches, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import (
    MINT_FAILED,
    MINTED,
    MINTING,
    MOVE_PREFIX,
    SCAN_PREFIX,
    TRANSACTION_PREFIX,
    FinalTransactionRow,
    GuestRow,
    MoveRow,
    ScanRow,
    TakenIdRow,
    TokenRow,
)
from chalicelib.gardenlab.repository import timeline

_GUEST_PAGE = 25

# Rows of a token that are numbered, the second by the number of their scan.
_PREFIXES: Mapping[type[ScanRow], str] = {ScanRow: SCAN_PREFIX, FinalTransactionRow: TRANSACTION_PREFIX}
L = TypeVar("L", bound=ScanRow)


class TokenChanged(RowChanged):
    """Another call changed the NFT meanwhile."""


def token_key(origin: str, contract_id: str, token_id: str) -> str:
    """The partition of an NFT, its scans and its transactions."""
    return key(origin, contract_id, "T", token_id)


def uid_key(origin: str, contract_id: str, uid: str) -> str:
    """The guest's key, and the NFTs' in the index `by_uid`."""
    return key(origin, contract_id, "U", digest(uid))


def email_key(origin: str, contract_id: str, email_canonical: str) -> str:
    """The NFTs' key in the index `by_email`."""
    return key(origin, contract_id, "E", digest(email_canonical))


def holder_key(email_canonical: str) -> str:
    """The NFTs' key in the index `by_holder`."""
    return key("HOLDER", digest(email_canonical))


def find_token(origin: str, contract_id: str, token_id: str) -> TokenRow | None:
    """An NFT by its present or an earlier id, strongly consistent: one request, two by an id that it took later."""
    row = find(TokenRow, token_key(origin, contract_id, token_id), "NFT")
    if row is None or not row.lies_elsewhere:
        return row
    return find(TokenRow, token_key(origin, contract_id, row.lies_under), "NFT")


def find_tokens(origin: str, contract_id: str, token_ids: Sequence[str]) -> list[TokenRow]:
    """NFTs by the ids that they were reserved under, strongly consistent, in the order asked."""
    rows = read_batches([token_address(origin, contract_id, token_id) for token_id in token_ids])
    return [row for row in rows if isinstance(row, TokenRow) and not row.lies_elsewhere]


def iterate_by_uid(origin: str, contract_id: str, uid: str) -> Iterator[TokenRow]:
    """A uid's NFTs, newest first, from the index."""
    by_uid = TokenRow.by_uid.query(uid_key(origin, contract_id, uid), scan_index_forward=False, page_size=_GUEST_PAGE)
    return (row for row in by_uid if isinstance(row, TokenRow))


def iterate_by_email(origin: str, contract_id: str, email_canonical: str) -> Iterator[TokenRow]:
    """An e-mail's NFTs, newest first, from the index."""
    pk = email_key(origin, contract_id, email_canonical)
    by_email = TokenRow.by_email.query(pk, scan_index_forward=False, page_size=_GUEST_PAGE)
    return (row for row in by_email if isinstance(row, TokenRow) and row.mailbox == email_canonical)


def list_by_holder(email_canonical: str, *, limit: int, after: str | None) -> Page[TokenRow]:
    """A page of an e-mail's NFTs at all partners, newest first, behind a `created_key`: two requests.

    What is shown of each is strongly consistent; which are shown is not, since the index lags.
    """
    condition = None if after is None else TokenRow.created_key < after
    pk = holder_key(email_canonical)
    found = list(islice(TokenRow.by_holder.query(pk, condition, scan_index_forward=False, limit=limit + 1), limit + 1))
    rows = read_batch([(TokenRow, row.pk, row.sk) for row in found[:limit]])
    own = [row for row in rows if isinstance(row, TokenRow) and row.mailbox == email_canonical]
    return Page(own, len(found) > limit)


def find_guest(origin: str, contract_id: str, uid: str) -> GuestRow | None:
    """The NFTs of a uid in a collection, strongly consistent."""
    return find(GuestRow, uid_key(origin, contract_id, uid), "GUEST")


def guest_address(origin: str, contract_id: str, uid: str) -> Address:
    """The key of a uid's NFTs, for a batch."""
    return GuestRow, uid_key(origin, contract_id, uid), "GUEST"


def find_guests(origin: str, contract_id: str, uids: Sequence[str]) -> dict[str, GuestRow]:
    """The NFTs of up to 100 uids, in one request."""
    rows = read_batch([guest_address(origin, contract_id, uid) for uid in uids])
    return {uid: row for uid, row in zip(uids, rows, strict=True) if isinstance(row, GuestRow)}


def add_reservation(transaction: Transaction, token: TokenRow, guest: GuestRow | None) -> None:
    """Adds a new NFT and notes it with its guest; the commit may raise `RowChanged`.

    If the uid has NFTs already, the newest one gets a reference to the new one, and its version rises. So an action on
    an NFT from a lagging index either sees the reference or fails the version check.
    """
    if guest is None:
        tokens = {token.user_category_id: token.token_id}
        row = GuestRow(token.uid_key, "GUEST", email=token.mailbox, tokens=tokens, newest=token.token_id)
        row.version = 1
        transaction.create(row, otherwise=RowChanged())
    else:
        tokens = {**guest.tokens, token.user_category_id: token.token_id}
        known = GuestRow(guest.pk, guest.sk, version=guest.version)
        transaction.change_version(known, {"tokens": tokens, "newest": token.token_id})
        newest = TokenRow(token_key(token.origin, token.contract_id, guest.newest), "NFT")
        superseded = [TokenRow.newer.set(token.token_id), TokenRow.version.add(1)]
        transaction.update(newest, superseded, condition=TokenRow.pk.exists())
    transaction.create(token, otherwise=RowChanged())


def add_change(transaction: Transaction, token: TokenRow, changes: dict[str, Any]) -> None:
    """Adds a change of an NFT as it was read; the commit may raise `TokenChanged`."""
    _add(transaction, token, {**changes, "version": token.version + 1}, TokenRow.version == token.version)


def add_taken_id(transaction: Transaction, token: TokenRow, token_id: str) -> None:
    """Adds a free token id that leads to the NFT; the commit may raise `TokenChanged`."""
    pk = token_key(token.origin, token.contract_id, token_id)
    transaction.create(TakenIdRow(pk, "NFT", reserved_id=token.lies_under), otherwise=TokenChanged())


def add_scan(transaction: Transaction, token: TokenRow, number: int, **fields: Any) -> ScanRow:
    """Adds a scan of the NFT."""
    row = ScanRow(token.pk, _numbered_sk(ScanRow, number), **fields, **timeline.keys_now(token.origin))
    transaction.create(row, otherwise=TokenChanged())
    return row


def find_scan(pk: str, number: int) -> ScanRow | None:
    """One scan of a token."""
    return find(ScanRow, pk, _numbered_sk(ScanRow, number))


def add_final_transaction(
    transaction: Transaction, token: TokenRow, number: int, *, cost: int | None, **fields: Any
) -> None:
    """Adds the final transaction of a scan, at this cost in wei, if known; `number` 0 is the mint."""
    of = timeline.SPENT if number else timeline.HAPPENED
    keys = timeline.keys_now(token.origin, chain=token.chain, cost=cost, of=of)
    sk = _numbered_sk(FinalTransactionRow, number)
    transaction.put(FinalTransactionRow(token.pk, sk, cost_wei=cost, **fields, **keys))


def iterate_numbered(model: type[L], pk: str, *, after: str | None, page_size: int | None) -> Iterator[L]:
    """A token's scans or final transactions, oldest first, from behind the sort key `after`."""
    prefix = _PREFIXES[model]
    condition = model.sk.startswith(prefix) if after is None else model.sk.between(after + "\x00", prefix + "~")
    return iter(model.query(pk, condition, consistent_read=True, page_size=page_size))


def newest_scans(pk: str, *, limit: int, before: int | None) -> Page[ScanRow]:
    """A page of a token's scans, newest first; with `before`, only those with lower numbers."""
    top = f"{SCAN_PREFIX}~" if before is None else _numbered_sk(ScanRow, before)
    condition = ScanRow.sk.between(SCAN_PREFIX, top)
    rows = list(ScanRow.query(pk, condition, scan_index_forward=False, limit=limit + 2))
    rows = [row for row in rows if row.sk != top]
    return Page(rows[:limit], len(rows) > limit)


def token_address(origin: str, contract_id: str, token_id: str) -> Address:
    """The key of an NFT, for a batch."""
    return TokenRow, token_key(origin, contract_id, token_id), "NFT"


def mint_address(pk: str) -> Address:
    """The key of a token's final mint, for a batch."""
    return FinalTransactionRow, pk, _numbered_sk(FinalTransactionRow, 0)


def find_numbered(model: type[L], pk: str, *, first: int, last: int) -> list[L]:
    """The token's scans of these numbers, or their final transactions, in one request."""
    return list(model.query(pk, model.sk.between(_numbered_sk(model, first), _numbered_sk(model, last))))


def _numbered_sk(model: type[ScanRow], number: int) -> str:
    return f"{_PREFIXES[model]}{number:010d}"


def add_minted(transaction: Transaction, token: TokenRow, *, owner: str, token_url: str, at: datetime) -> None:
    """Adds a final mint. Versions are not compared, since a concurrent scan does not conflict."""
    changes = {"status": MINTED, "owner": owner, "token_url": token_url, "minted_at": at}
    _add(transaction, token, changes, TokenRow.status == MINTING, TokenRow.version.add(1))


def add_move(
    transaction: Transaction,
    token: TokenRow,
    *,
    sender: str,
    recipient: str | None,
    at: datetime,
    place: str,
    tx_hash: str,
    transaction_url: str,
) -> None:
    """Adds that the token changed hands, or was burned; the commit may raise `TokenChanged`."""
    add_owner(transaction, token, owner=recipient, place=place, burned_at=at if recipient is None else None)
    row = MoveRow(token.pk, MOVE_PREFIX + place, sender=sender, recipient=recipient, at=at)
    row.tx_hash, row.transaction_url = tx_hash, transaction_url
    transaction.put(row)


def add_owner(
    transaction: Transaction, token: TokenRow, *, owner: str | None, place: str, burned_at: datetime | None = None
) -> None:
    """Adds who holds the token since this place on the chain; the commit may raise `TokenChanged`."""
    unchanged = as_read(token, "status", "owner_at")
    changes = {"owner": owner, "owner_at": place, "burned_at": burned_at}
    _add(transaction, token, changes, unchanged, TokenRow.version.add(1))


def newest_moves(pk: str, *, limit: int) -> list[MoveRow]:
    """How the token changed hands, newest first."""
    found = MoveRow.query(pk, MoveRow.sk.startswith(MOVE_PREFIX), scan_index_forward=False, limit=limit)
    return list(islice(found, limit))


def replace_token_url(token: TokenRow, uri: str) -> bool:
    """Writes the URI that the chain holds; False where the row has another one by now than was read."""
    unchanged = as_read(token, "status", "token_url")
    return update_if(TokenRow(token.pk, token.sk), [TokenRow.token_url.set(uri)], unchanged)


def add_lock(transaction: Transaction, token: TokenRow, *, is_locked: bool, place: str) -> None:
    """Adds whether the token is locked since this place on the chain; the commit may raise `TokenChanged`."""
    changes = {"is_locked": True if is_locked else None, "lock_at": place}
    _add(transaction, token, changes, as_read(token, "status", "lock_at"))


def add_mint_failure(transaction: Transaction, token: TokenRow, *, code: str) -> None:
    """Adds the failure of a mint."""
    changes = {"status": MINT_FAILED, "mint_failure": code}
    _add(transaction, token, changes, TokenRow.status == MINTING, TokenRow.version.add(1))


def add_token_url(transaction: Transaction, token: TokenRow, uri: str) -> None:
    """Adds the token URI that is on the chain."""
    _add(transaction, token, {"token_url": uri}, TokenRow.pk.exists())


def _add(
    transaction: Transaction, token: TokenRow, changes: dict[str, Any], condition: Condition, *more: Action
) -> None:
    row = TokenRow(token.pk, token.sk)
    transaction.update(row, [*assign(row, changes), *more], condition=condition, otherwise=TokenChanged())
