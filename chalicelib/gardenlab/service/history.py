"""An NFT's scans, newest first, each with its transaction."""

from functools import partial
from typing import Any, NamedTuple

from chalicelib.chain.service import outbox as chain
from chalicelib.chain.service import waiting
from chalicelib.core.side_by_side import side_by_side
from chalicelib.gardenlab.models import MINTING, FinalTransactionRow, ScanRow, TokenRow
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.service.actions import token_reference

_MINT = 0


class Scanned(NamedTuple):
    """A scan by its number, and its final transaction; without one, `is_waiting` says that one is on its way."""

    number: int
    scan: ScanRow
    transaction: FinalTransactionRow | None
    is_waiting: bool


class History(NamedTuple):
    """A page of scans; `below` is the number that older ones lie below, None at the end."""

    scans: list[Scanned]
    mint: FinalTransactionRow | None
    below: int | None


def history(token: TokenRow, *, below: int | None, limit: int) -> History:
    """The newest scans, at most 100, with `below` only those with lower numbers: up to four requests side by side."""
    last = int(token.scan_count) if below is None else min(below - 1, int(token.scan_count))
    first = max(1, last - limit + 1)
    calls: list[Any] = [partial(repository.find_numbered, FinalTransactionRow, token.pk, first=_MINT, last=_MINT)]
    if last > 0:
        calls.append(partial(repository.find_numbered, ScanRow, token.pk, first=first, last=last))
        calls.append(partial(chain.open_updates, token_reference(token), range(first, last + 1)))
        calls.append(partial(repository.find_numbered, FinalTransactionRow, token.pk, first=first, last=last))
    mints, *found = side_by_side(calls)
    scans, waiting, transactions = found or ([], set(), [])
    by_number = {_number(row): row for row in transactions}
    shown = [
        Scanned(number, scan, by_number.get(number), number in waiting)
        for scan in reversed(scans)
        for number in [_number(scan)]
    ]
    return History(shown, mints[0] if mints else None, first if last > 0 and first > 1 else None)


def why_mint_waits(token: TokenRow) -> str | None:
    """A sentence why the NFT's mint is delayed; None if it only waits for its block, or there is no mint."""
    if token.status != MINTING:
        return None
    return waiting.why_mint_waits(token_reference(token), attempt=int(token.mint_attempts))


def _number(row: ScanRow) -> int:
    return int(row.sk.rpartition("#")[2])
