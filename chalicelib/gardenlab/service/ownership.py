"""Who holds an NFT's token after the mint: sales, gifts and burns on the chain; and URIs that others set."""

from collections.abc import Callable, Iterable, Iterator

from chalicelib.chain.service import outbox as chain
from chalicelib.chain.service.owners import Move
from chalicelib.core.clock import epoch_micros
from chalicelib.core.retrying import RowChanged, retried, until_unchanged
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.gardenlab.models import MINTED, MINTING, TokenRow
from chalicelib.gardenlab.repository import collections as collection_rows
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.service.emitting import emit_once, written
from chalicelib.partners import service as partners
from chalicelib.webhooks.service.errors import EventExists

_PAGE = 100
_LONGEST_URI = 2_048


def apply_move(token: chain.TokenReference, move: Move) -> bool:
    """Writes that an NFT's token changed hands, with the partner's webhook; once, however often it is called.

    False while the NFT's mint has not ended, since the token may be somebody else's. A token of no NFT, and a move
    before the latest one, change nothing.
    """
    is_told = False

    def once() -> bool:
        nonlocal is_told
        row = _current(token)
        if row is None or row.status not in (MINTING, MINTED):
            return True
        if row.status == MINTING:
            return False
        if row.owner_at is not None and row.owner_at >= move.position:
            return True
        transaction = Transaction()
        if move.is_mint:
            # Only a chain that took another's place shows a mint once more.
            if row.owner_at is not None:
                repository.add_owner(transaction, row, owner=move.recipient, place=move.position)
                transaction.commit()
            return True
        repository.add_move(
            transaction,
            row,
            sender=move.sender,
            recipient=None if move.is_burn else move.recipient,
            at=move.at,
            place=move.position,
            tx_hash=move.transaction_hash,
            transaction_url=move.transaction_url,
        )
        if not is_told:
            _add_event(transaction, row, move)
        try:
            transaction.commit()
        except EventExists:
            is_told = True  # by the chain whose place this one took
            raise
        return True

    return until_unchanged("the NFT", once, moved=EventExists)


@retried("the NFT")
def apply_uri(token: chain.TokenReference, read_uri: Callable[[], str | None]) -> None:
    """Writes the URI that somebody else has set for a minted NFT; `read_uri` asks the chain, after the row was read."""
    row = _current(token)
    if row is None or row.status != MINTED:
        return
    uri = read_uri()
    if uri is None or len(uri) > _LONGEST_URI:
        return  # the token was burned, or the URI is too long
    if uri != row.token_url and not repository.replace_token_url(row, uri):
        raise RowChanged


def contracts_on(chain_name: str) -> Iterable[tuple[str, str, str]]:
    """Address, origin and contract id of every partner's collections on a chain."""
    after: str | None = None
    while True:
        page = partners.list_partners(limit=_PAGE, after=after)
        for partner in page.items:
            yield from _contracts_of(partner.origin, chain_name)
        if not page.has_more:
            return
        after = page.items[-1].origin


def _contracts_of(origin: str, chain_name: str) -> Iterator[tuple[str, str, str]]:
    after: str | None = None
    while True:
        page = collection_rows.list_collections(origin, limit=_PAGE, after=after)
        for row in page.items:
            if row.chain == chain_name:
                yield row.contract, origin, row.contract_id
        if not page.has_more:
            return
        after = page.items[-1].contract_id


def _current(token: chain.TokenReference) -> TokenRow | None:
    """The NFT that has this token now; an id that an NFT was reserved under before is somebody else's."""
    row = repository.find_token(token.origin, token.contract_id, token.token_id)
    return row if row is not None and row.token_id == token.token_id else None


def _add_event(transaction: Transaction, row: TokenRow, move: Move) -> None:
    names, at = event_bodies.names_of(row), epoch_micros(move.at)
    content: event_bodies.Moved = (
        event_bodies.burned(names, written(move), at=at, previous=move.sender)
        if move.is_burn
        else event_bodies.transferred(names, written(move), at=at, previous=move.sender, owner=move.recipient)
    )
    # A transaction may move a token more than once, and be mined again in another block.
    cause = (move.transaction_hash, move.sender, move.recipient)
    emit_once(transaction, row.origin, content, row.contract_id, row.token_id, *cause)
