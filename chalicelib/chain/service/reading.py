"""Reading what happens on the chains to the collections' contracts, as far as it is final.

One question a chain: the events since the cursor. Where there is none, and the watch has noted a final block meanwhile,
the cursor moves there without another question. Where there are some, or the node refuses so many blocks, the stretch
up to the newest final block is read in windows, and the cursor moves behind each that is applied. So a reader that dies
goes on where it was, and two at once apply the same, which changes nothing.

Only final blocks change anything. Where the cursor's block is not on the chain any more, another chain has taken its
place, such as a fresh one under an old store: then everything is read again.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from chalicelib.chain.contract import followed_topics
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository.events import Followed
from chalicelib.chain.rpc import BlockTag
from chalicelib.chain.rpc_answers import Log
from chalicelib.chain.rpc_errors import (
    HistoryPruned,
    LogRangeTooWide,
    NodeBusy,
    RateLimited,
    RpcError,
    RpcRefused,
    TransientRpcError,
)
from chalicelib.chain.service.applying import Applying
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.chain.service.position import Position
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("chain")
_LONGEST_SECONDS: Final = 35.0  # well within the schedule's time
_AFTER_RATE_LIMIT_SECONDS: Final = 1.0
_WIDEST_WINDOW: Final = 100_000
_MOST_ADDRESSES: Final = 500  # of one question
_LISTED_EVERY: Final = timedelta(days=1)
_SIDE_BY_SIDE: Final = 8


def read_all(owner: TokenOwner) -> int:
    """Reads every chain; gives how many events were applied. One that cannot be read holds up no other."""
    chains = settings().chain_names
    if not chains:
        return 0
    with ThreadPoolExecutor(min(len(chains), _SIDE_BY_SIDE), thread_name_prefix="chain") as threads:
        return sum(threads.map(lambda chain: _read_if_possible(chain, owner), chains))


def read(chain: str, owner: TokenOwner) -> int:
    """Applies what became final since the last reading, as far as there is time; gives how many events there were.

    Raises `RpcError`, `ChainUnknown`.
    """
    followed = _followed(chain, owner)
    if not followed.contracts:
        return 0
    node = node_of(chain)
    for left in reversed(range(len(node.configuration.urls))):
        try:
            return _Reading(node.steady(), followed).read(owner)
        except TransientRpcError:
            if not left:
                raise
            followed = event_rows.read_followed(chain)  # another node, from where this one came to
    return 0


def _read_if_possible(chain: str, owner: TokenOwner) -> int:
    try:
        return read(chain, owner)
    except (RpcError, ChainUnknown) as error:
        _log.warning("chain not read", extra={"chain": chain, "why": str(error)})
    except Exception:
        _log.exception("chain not read", extra={"chain": chain})
    return 0


class _Reading:
    def __init__(self, node: Node, followed: Followed) -> None:
        self._node = node
        self._followed = followed
        self._cursor = followed.cursor
        self._position = Position(node, followed)
        self._addresses = [row.contract or "" for row in followed.contracts.values()]
        self._ends = time.monotonic() + _LONGEST_SECONDS

    def read(self, owner: TokenOwner) -> int:
        """Applies what is new; gives how many events there were."""
        applying = Applying(self._node, self._followed, owner)
        applying.apply_later()
        if self._cursor.position is None:
            event_rows.advance(self._cursor, position=self._position.before_the_first(), block_hash=None)
        applied = 0 if self._is_quiet() else self._read_windows(applying)
        lost = sum(row.may_mint is False for row in self._followed.contracts.values())
        emit({"contracts_without_role": (lost, "Count")}, chain=self._node.name)
        return applied

    def _is_quiet(self) -> bool:
        """Whether nothing happened since the cursor's block. One question; then the cursor moves on, if it can."""
        position = int(self._cursor.position or 0)
        try:
            # From the cursor's own block on, since the one after it may not be there yet.
            logs = self._logs(max(position, 0), "latest")
        except (LogRangeTooWide, RpcRefused):
            return False
        if any(log.block_number > position for log in logs):
            return False
        known = int(self._cursor.noted_final or 0)
        if known > position:
            event_rows.advance(self._cursor, position=known, block_hash=self._cursor.noted_hash)
        return True

    def _read_windows(self, applying: Applying) -> int:
        if self._position.is_begun_anew():
            return 0  # the next reading has another generation
        final = self._node.final_block(self._node.rpc.block_number())
        applied = 0
        for end, width, logs in self._windows(final):
            block = self._node.rpc.block(end)
            if block is None:
                raise NodeBusy("the node lacks the block up to which it showed events")
            if self._position.is_denied(end, block.hash):
                return applied
            applied += applying.apply(logs)
            if not event_rows.advance(self._cursor, position=end, block_hash=block.hash, window=width):
                return applied  # another reader is at it, or a contract has joined
        return applied

    def _windows(self, final: int) -> Iterator[tuple[int, int, list[Log]]]:
        """The last block, the width and the events of each window that the node allows, while there is time."""
        width, widest = int(self._cursor.window or _WIDEST_WINDOW), _WIDEST_WINDOW
        while (first := int(self._cursor.position or 0) + 1) <= final and time.monotonic() < self._ends:
            width = min(width, widest, final - first + 1)
            end = first + width - 1
            try:
                logs = self._logs(first, end)
            except (LogRangeTooWide, RpcRefused):
                if width == 1:
                    raise
                width = widest = width // 2
            except RateLimited:
                time.sleep(_AFTER_RATE_LIMIT_SECONDS)
            except HistoryPruned:
                raise
            except TransientRpcError:
                event_rows.note_window(self._cursor, max(width // 2, 1))  # it may have been too much to answer in time
                raise
            else:
                yield end, width, logs
                width *= 2

    def _logs(self, first: int, last: int | BlockTag) -> list[Log]:
        found: list[Log] = []
        for start in range(0, len(self._addresses), _MOST_ADDRESSES):
            some = self._addresses[start : start + _MOST_ADDRESSES]
            found += self._node.rpc.logs(some, [followed_topics()], from_block=first, to_block=last)
        return found


def _followed(chain: str, owner: TokenOwner) -> Followed:
    """What is followed on a chain, once a day compared with what the surface has there."""
    followed = event_rows.read_followed(chain)
    listed_at = followed.cursor.listed_at
    if listed_at is not None and now() - listed_at < _LISTED_EVERY:
        return followed
    missing = [each for each in owner.contracts(chain) if each[0].lower() not in followed.contracts]
    if missing:
        _join(node_of(chain), followed, missing)
    event_rows.note_listed(followed.cursor, now())
    return event_rows.read_followed(chain)


def _join(node: Node, followed: Followed, missing: Sequence[tuple[str, str, str]]) -> None:
    """Has contracts followed that were registered before events were. Of our tokens none is older than our signer."""
    first = _block_of_first_transaction(node)
    for address, origin, contract_id in missing:
        transaction = Transaction()
        event_rows.add_contract(
            transaction, node.name, address, origin=origin, contract_id=contract_id, from_block=first
        )
        transaction.commit()
    if followed.cursor.position is not None and followed.cursor.position >= first:
        event_rows.begin_anew(followed.cursor, position=first - 1)


def _block_of_first_transaction(node: Node) -> int:
    pk = submission_rows.signer_pk(node.name, node.signer.address)
    for row in submission_rows.submissions_between(pk, 0, 10**12, limit=1):
        receipt = node.rpc.receipt(row.hash)
        if receipt is not None:
            return receipt.block_number
    return max(node.final_block(node.rpc.block_number()), 0)
