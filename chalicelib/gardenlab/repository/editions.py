"""Rows that move with every change of a collection's rules: its interactions, and its thresholds of levels.

Who applies remembered rules demands the edition under which they were read. Every action does, so the row would be the
busiest of all, and transactions that touch one row at once hinder each other: there are copies, of which a process uses
one, and a change of the rules moves all.
"""

import os
from functools import lru_cache
from zlib import crc32

from chalicelib.core.tables import Address, key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import EditionRow

COPIES = 16
_EDITION = "EDITION"


class RulesChanged(Exception):
    """The collection's rules have changed since they were read."""


def edition_address(origin: str, contract_id: str) -> Address:
    """Where this process's copy of a collection's edition lies, for a batch; absent until the rules change first."""
    return EditionRow, _copy_key(origin, contract_id, _copy()), _EDITION


def move_edition(transaction: Transaction, origin: str, contract_id: str) -> None:
    """Adds to a change of the rules that what was read of them before is old: 16 writes."""
    for number in range(COPIES):
        transaction.count(EditionRow(_copy_key(origin, contract_id, number), _EDITION), {"number": 1})


def require_edition(transaction: Transaction, origin: str, contract_id: str, number: int | None) -> None:
    """Lets the transaction happen only while the edition is this one; its commit may raise `RulesChanged`."""
    model, pk, sk = edition_address(origin, contract_id)
    same = EditionRow.number.does_not_exist() if number is None else EditionRow.number == number
    transaction.check(model, pk, sk, condition=same, otherwise=RulesChanged())


def _copy_key(origin: str, contract_id: str, number: int) -> str:
    return key(origin, contract_id, _EDITION, number)


@lru_cache(maxsize=1)
def _copy() -> int:
    """By the log stream, of which every running function has one of its own."""
    return crc32(os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "").encode()) % COPIES
