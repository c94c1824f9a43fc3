"""A partner's timeline of NFTs, scans and mints, the costs of other transactions, and the daily counts of both."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pynamodb.expressions.update import Action

from chalicelib.core.clock import epoch_micros, from_epoch_micros, now
from chalicelib.core.ids import random_token
from chalicelib.core.pynamo import connection_of
from chalicelib.core.tables import SEPARATOR, find, key, parts, update_if
from chalicelib.gardenlab.models import CHANGE_PREFIX, SCAN_PREFIX, TRANSACTION_PREFIX, GardenlabRow, TallyRow

ANNOUNCED, SCANNED, MINTED, UPDATED, CHANGED = "announced", "scanned", "minted", "updated", "changed"
KINDS = (ANNOUNCED, SCANNED, MINTED)
HAPPENED, SPENT = "TALLY", "COSTS"
"""Kept and counted apart in the index: the timeline, and what final updates and changes of contracts cost."""
_DIGITS, _UNIQUE = 17, 8
_LONGEST_TOKEN_ID = 78  # digits of 256 bits
_PARTS_OF_COST = 3  # behind the time: what makes the position unique, the chain, the cost


class Entry(NamedTuple):
    """One entry; `pk` is its NFT's or its collection's key, and positions sort by time.

    That of a final transaction ends with its chain and what it cost there in wei, where that is known.
    """

    position: str
    kind: str
    pk: str
    sk: str

    @property
    def cost(self) -> tuple[str, int] | None:
        """The chain of a final transaction, and its cost there."""
        _, *rest = parts(self.position)
        return (rest[1], int(rest[2])) if len(rest) == _PARTS_OF_COST else None


def keys_now(origin: str, *, chain: str = "", cost: int | None = None, of: str = HAPPENED) -> dict[str, Any]:
    """The keys in the index of a row that is written now: a scan, a mint, an update or a change of a contract.

    The index holds keys alone, so the cost of a final transaction is part of the key.
    """
    cost_parts: list[str | int] = [] if cost is None else [chain, cost]
    return {
        "origin": _partition(origin, of),
        "created_key": key(position_at(now()), random_token(_UNIQUE), *cost_parts),
    }


def token_position(moment: datetime, token_id: str) -> str:
    """The position of an NFT that was made at a time, in the timeline and in its holder's list."""
    return key(position_at(moment), token_id)


def is_token_position(text: str) -> bool:
    """Whether a text from outside has the form of an NFT's position; old ones have zeros before the token id."""
    moment, _, token_id = text.partition(SEPARATOR)
    digits = moment + token_id
    has_room = len(moment) == _DIGITS and 1 <= len(token_id) <= _LONGEST_TOKEN_ID
    return has_room and digits.isascii() and digits.isdecimal()


def position_at(moment: datetime) -> str:
    """The prefix of positions at a time."""
    return f"{epoch_micros(moment):0{_DIGITS}d}"


def moment_of(position: str) -> datetime:
    """The time of an entry."""
    return from_epoch_micros(int(position[:_DIGITS]))


def entries_after(origin: str, position: str, *, limit: int, of: str = HAPPENED) -> tuple[list[Entry], bool]:
    """The entries after a position, oldest first, and whether more follow: one request, at most 1 MB."""
    return _entries(_partition(origin, of), GardenlabRow.created_key > position, limit=limit, newest_first=False)


def newest_entries(origin: str, *, before: str | None, limit: int) -> tuple[list[Entry], bool]:
    """The newest entries, optionally before a position, and whether more follow: one request."""
    condition = None if before is None else GardenlabRow.created_key < before
    return _entries(origin, condition, limit=limit, newest_first=True)


def find_tally(origin: str, of: str = HAPPENED) -> TallyRow | None:
    """The stored daily counts."""
    return find(TallyRow, *_tally_key(origin, of))


def keep_tally(
    origin: str,
    known: TallyRow | None,
    *,
    position: str,
    days: Mapping[str, Mapping[str, int]],
    of: str = HAPPENED,
) -> bool:
    """Stores the daily counts up to a position; False if another call stored newer ones."""
    unmoved = TallyRow.pk.does_not_exist() if known is None else TallyRow.position == known.position
    actions: list[Action] = [TallyRow.position.set(position), TallyRow.days.set(dict(days))]
    return update_if(TallyRow(*_tally_key(origin, of)), actions, unmoved)


def _entries(partition: str, condition: Any, *, limit: int, newest_first: bool) -> tuple[list[Entry], bool]:
    answer: dict[str, Any] = connection_of(GardenlabRow).query(
        partition,
        range_key_condition=condition,
        index_name="timeline",
        limit=limit,
        scan_index_forward=not newest_first,
    )
    items = answer["Items"]
    return [_entry(item) for item in items], "LastEvaluatedKey" in answer


def _entry(item: Mapping[str, Any]) -> Entry:
    sk = item["sk"]["S"]
    return Entry(item["created_key"]["S"], _kind(sk), item["pk"]["S"], sk)


def _kind(sk: str) -> str:
    if sk.startswith(TRANSACTION_PREFIX):
        return UPDATED if int(sk.removeprefix(TRANSACTION_PREFIX)) else MINTED
    return SCANNED if sk.startswith(SCAN_PREFIX) else CHANGED if sk.startswith(CHANGE_PREFIX) else ANNOUNCED


def _partition(origin: str, of: str) -> str:
    return origin if of == HAPPENED else key(origin, of)


def _tally_key(origin: str, of: str) -> tuple[str, str]:
    return key(origin, "TALLY"), of
