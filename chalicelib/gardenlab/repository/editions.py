"""Edition rows, which change with every change of a collection's rules: its interactions and level thresholds.

An action that applies cached rules checks the edition at which they were read. A single row would be checked by every
action, and concurrent transactions on one row conflict. So there are copies: a process checks one of them, and a change
of the rules updates all.
"""

import os
from functools import lru_cache
from zlib import crc32

from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import EditionRow

COPIES = 16
_EDITION = "EDITION"


class RulesChanged(RowChanged):
    """The collection's rules have changed since they were read."""


def edition_address(origin: str, contract_id: str) -> Address:
    """The key of this process's copy of a collection's edition, for a batch; it is absent until the rules change."""
    return EditionRow, _copy_key(origin, contract_id, _copy()), _EDITION


def move_edition(transaction: Transaction, origin: str, contract_id: str) -> None:
    """Adds a new edition to a change of the rules, which invalidates cached rules: 16 writes."""
    for number in range(COPIES):
        transaction.count(EditionRow(_copy_key(origin, contract_id, number), _EDITION), {"number": 1})


def require_edition(transaction: Transaction, origin: str, contract_id: str, number: int | None) -> None:
    """Adds the condition that the edition is unchanged; the commit may raise `RulesChanged`."""
    model, pk, sk = edition_address(origin, contract_id)
    same = EditionRow.number.does_not_exist() if number is None else EditionRow.number == number
    transaction.check(model, pk, sk, condition=same, otherwise=RulesChanged())


def _copy_key(origin: str, contract_id: str, number: int) -> str:
    return key(origin, contract_id, _EDITION, number)


@lru_cache(maxsize=1)
def _copy() -> int:
    """The copy of this process, chosen by its log stream's name, which is unique per running function."""
    return crc32(os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "").encode()) % COPIES
