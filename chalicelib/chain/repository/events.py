"""How far the events of a chain are applied, the contracts that are followed, and what is to be applied later."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.chain.models import ChainRow
from chalicelib.chain.models.events import CursorRow, FollowedRow, LaterRow
from chalicelib.core.tables import Row, as_read, assign, find, key, read_collection, update_if
from chalicelib.core.transactions import Transaction

_CURSOR, _CONTRACT, _LATER = "CURSOR", "CONTRACT", "LATER"


class Followed(NamedTuple):
    """What is known of a chain's events. `contracts` are by address, in lower case."""

    cursor: CursorRow
    contracts: dict[str, FollowedRow]
    later: list[LaterRow]


def add_contract(
    transaction: Transaction, chain: str, address: str, *, origin: str, contract_id: str, from_block: int
) -> None:
    """Adds a contract to those that are followed; it has no events before `from_block`."""
    row = FollowedRow(_pk(chain), key(_CONTRACT, address.lower()), contract=address)
    row.origin, row.contract_id, row.from_block = origin, contract_id, from_block
    transaction.put(row)
    transaction.update(CursorRow(_pk(chain), _CURSOR), [CursorRow.edition.add(1)])


def read_followed(chain: str) -> Followed:
    """What is stored of a chain's events, in one request for each 1 MB."""
    found = Followed(CursorRow(_pk(chain), _CURSOR), {}, [])
    for row in read_collection(ChainRow, _pk(chain), kind_of=_kind_of):
        if isinstance(row, CursorRow):
            found = found._replace(cursor=row)
        elif isinstance(row, FollowedRow):
            found.contracts[(row.contract or "").lower()] = row
        elif isinstance(row, LaterRow):
            found.later.append(row)
    return found


def generation_of(chain: str) -> int:
    """How often the chain's events were read anew."""
    cursor = find(CursorRow, _pk(chain), _CURSOR)
    return 0 if cursor is None else int(cursor.generation)


def advance(cursor: CursorRow, *, position: int, block_hash: str | None, window: int | None = None) -> bool:
    """Says that events up to `position` are applied; False where another reader moved, or a contract joined."""
    unchanged = as_read(cursor, "position", "generation", "edition")
    changes: dict[str, Any] = {"position": position, "block_hash": block_hash}
    if window is not None:
        changes["window"] = window
    return update_if(CursorRow(cursor.pk, cursor.sk), assign(cursor, changes), unchanged)


def begin_anew(cursor: CursorRow, *, position: int) -> bool:
    """Has all events behind `position` read again, as those of another chain; False where another reader moved."""
    unchanged = as_read(cursor, "position", "generation")
    changes = {"position": position, "block_hash": None, "generation": int(cursor.generation) + 1, "noted_final": None}
    return update_if(CursorRow(cursor.pk, cursor.sk), assign(cursor, changes), unchanged)


def note_final(cursor: CursorRow, block: int, block_hash: str) -> None:
    """Keeps a block that counts as final."""
    unchanged = as_read(cursor, "generation")
    changes = {"noted_final": block, "noted_hash": block_hash}
    update_if(CursorRow(cursor.pk, cursor.sk), assign(cursor, changes), unchanged)


def note_window(cursor: CursorRow, window: int) -> None:
    """Keeps how many blocks are asked for at a time."""
    update_if(CursorRow(cursor.pk, cursor.sk), [CursorRow.window.set(window)], CursorRow.pk.exists())


def note_listed(cursor: CursorRow, at: datetime) -> None:
    """Keeps that the contracts were compared with the surface's."""
    CursorRow(cursor.pk, cursor.sk).update(actions=[CursorRow.listed_at.set(at)])


def note_role(row: FollowedRow, *, may_mint: bool) -> None:
    """Keeps whether our signer may mint on a contract."""
    row.may_mint = may_mint
    update_if(FollowedRow(row.pk, row.sk), [FollowedRow.may_mint.set(may_mint)], FollowedRow.pk.exists())


def put_later(chain: str, position: str, happened: Sequence[Any]) -> None:
    """Keeps what cannot be applied yet."""
    LaterRow(_pk(chain), key(_LATER, position), happened=list(happened)).save()


def end_later(row: LaterRow) -> None:
    """Forgets what was applied."""
    LaterRow(row.pk, row.sk).delete()


def _kind_of(sk: str) -> type[Row] | None:
    return {_CURSOR: CursorRow, _CONTRACT: FollowedRow, _LATER: LaterRow}.get(sk.partition("#")[0])


def _pk(chain: str) -> str:
    return key("EVENTS", chain)
