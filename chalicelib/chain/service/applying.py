"""What the events of a chain change: tokens' holders, URIs and locks, collections' settings, and the minter's role.

Applying the same events again changes nothing. A change that the surface cannot take yet, because the token's mint has
not ended, is stored and told again with the next reading, and so are later changes of the same token.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Final

from chalicelib.chain import contract, contract_v2
from chalicelib.chain.contract import (
    ContractUriChanged,
    LockChanged,
    MinterChanged,
    Transferred,
    UriChanged,
    read_event,
)
from chalicelib.chain.domain.changes import COLLECTION
from chalicelib.chain.domain.places import Place
from chalicelib.chain.models.events import FollowedRow
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.repository.events import Followed
from chalicelib.chain.rpc_answers import Log
from chalicelib.chain.rpc_errors import NodeBusy, RpcError, TransientRpcError
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Locking, Move, TokenOwner
from chalicelib.core.clock import epoch_micros, from_epoch_micros, now
from chalicelib.core.logging import logger

_log = logger("chain")
_TOKEN_FIELDS: Final = 5
_PATIENCE: Final = timedelta(days=1)
_LOCKED, _UNLOCKED = "locked", "unlocked"
_MOST_OF_A_URI: Final = 2  # since when it was first asked for in vain, and where it was set


class Applying:
    """Applies a chain's events in order, as one of its nodes shows them."""

    def __init__(self, node: Node, followed: Followed, owner: TokenOwner) -> None:
        self._node = node
        self._followed = followed
        self._owner = owner
        self._held_up: set[TokenReference] = set()
        self._time_of = lru_cache(maxsize=256)(self._block_time)
        self._is_ours = lru_cache(maxsize=256)(self._is_sent_by_us)

    def apply_later(self) -> None:
        """Tells again what could not be applied before."""
        for row in self._followed.later:
            token, happened = TokenReference(*row.happened[:_TOKEN_FIELDS]), row.happened[_TOKEN_FIELDS:]
            if happened[0] in (_LOCKED, _UNLOCKED):
                is_done = self._is_lock_taken(token, Locking(happened[0] == _LOCKED, happened[1]))
            elif len(happened) > _MOST_OF_A_URI:
                is_done = self._tell(token, _move_of(happened))
            else:
                place = happened[1] if len(happened) == _MOST_OF_A_URI else ""
                is_done = self._changed(token, place) or now() - from_epoch_micros(int(happened[0])) > _PATIENCE
            if is_done:
                event_rows.end_later(row)

    def apply(self, logs: Sequence[Log]) -> int:
        """Applies events, all of the followed contracts; gives how many there were. Raises `RpcError`."""
        logs = sorted(logs, key=lambda log: (log.block_number, log.log_index))
        changed: dict[TokenReference, Log] = {}
        minted: set[tuple[str, TokenReference]] = set()
        for log in logs:
            row, event = self._followed.contracts.get(log.address.lower()), read_event(log)
            if row is None:
                continue
            if isinstance(event, Transferred):
                if self._transferred(row, event, log).is_mint:
                    minted.add((log.transaction_hash, self._token(row, event.token_id)))
            elif isinstance(event, UriChanged):
                changed[self._token(row, event.token_id)] = log
            elif isinstance(event, ContractUriChanged):
                changed[self._token(row, COLLECTION)] = log
            elif isinstance(event, LockChanged):
                token = self._token(row, event.token_id)
                if (log.transaction_hash, token) not in minted:  # one that is locked from its mint on is so for ever
                    self._lock_changed(token, Locking(event.is_locked, self._place_of(log)))
            elif isinstance(event, MinterChanged) and event.account == self._node.signer.address:
                self._minter_changed(row, may_mint=event.may_mint)
        for token, log in changed.items():
            place = self._place_of(log)
            if not self._is_ours(log.transaction_hash) and not self._changed(token, place):
                event_rows.put_later(self._node.name, place, [*token, str(epoch_micros(now())), place])
        return len(logs)

    def _transferred(self, row: FollowedRow, event: Transferred, log: Log) -> Move:
        move = Move(
            event.sender,
            event.recipient,
            log.transaction_hash,
            self._node.transaction_url(log.transaction_hash),
            self._time_of(log.block_number),
            self._place_of(log),
        )
        # Mints end their jobs. They tell something new only where the chain is not the one that was read before.
        if move.is_mint and not self._followed.cursor.generation:
            return move
        token = self._token(row, event.token_id)
        if not self._tell(token, move):
            happened = [*token, move.sender, move.recipient, move.transaction_hash, move.transaction_url]
            event_rows.put_later(self._node.name, move.position, [*happened, str(epoch_micros(move.at)), move.position])
        return move

    def _lock_changed(self, token: TokenReference, locking: Locking) -> None:
        if not self._is_lock_taken(token, locking):
            happened = [_LOCKED if locking.is_locked else _UNLOCKED, locking.place]
            event_rows.put_later(self._node.name, locking.place, [*token, *happened])

    def _is_lock_taken(self, token: TokenReference, locking: Locking) -> bool:
        return self._is_taken(token, partial(self._owner.lock_changed, token, locking), "lock")

    def _tell(self, token: TokenReference, move: Move) -> bool:
        """Whether the surface took the move; none is told while an earlier one of the token waits."""
        if token in self._held_up:
            return False
        is_taken = self._is_taken(token, partial(self._owner.moved, token, move), "change of hands")
        if not is_taken:
            self._held_up.add(token)
        return is_taken

    def _is_taken(self, token: TokenReference, tell: Callable[[], bool], what: str) -> bool:
        """Whether the surface took a change; a fault of one token holds up no other."""
        try:
            return tell()
        except Exception:
            _log.exception(f"a token's {what} could not be applied", extra={"token": token})
            return False

    def _changed(self, token: TokenReference, place: str) -> bool:
        """Whether the URI was read and applied, or can never be read, so that one contract holds up no other."""
        rpc, address = self._node.rpc, token.contract
        try:
            if token.token_id == COLLECTION:
                self._owner.settings_changed(token, place, lambda: contract_v2.read_settings(rpc, address))
            else:
                self._owner.uri_changed(token, lambda: contract.token_uri(rpc, address, int(token.token_id)))
        except (RpcError, contract.NotACollection) as error:
            _log.warning("a URI could not be read", extra={"token": token, "why": str(error)})
            return not isinstance(error, TransientRpcError)
        except Exception:
            _log.exception("a URI could not be applied", extra={"token": token})
            return False
        return True

    def _place_of(self, log: Log) -> str:
        return Place(int(self._followed.cursor.generation), log.block_number, log.log_index).text

    def _minter_changed(self, row: FollowedRow, *, may_mint: bool) -> None:
        event_rows.note_role(row, may_mint=may_mint)
        if not may_mint:
            extra = {"chain": self._node.name, "contract": row.contract, "partner": row.origin}
            _log.error("the minter's role was taken from our signer", extra=extra)

    def _token(self, row: FollowedRow, token_id: int | str) -> TokenReference:
        return TokenReference(row.origin, row.contract_id, str(token_id), self._node.name, row.contract or "")

    def _block_time(self, number: int) -> datetime:
        block = self._node.rpc.block(number)
        if block is None:
            raise NodeBusy("the node shows an event and not its block")
        return from_epoch_micros(block.timestamp * 1_000_000)

    def _is_sent_by_us(self, transaction_hash: str) -> bool:
        transaction = self._node.rpc.transaction(transaction_hash)
        return transaction is not None and transaction.sender == self._node.signer.address


def _move_of(happened: Sequence[str]) -> Move:
    sender, recipient, transaction_hash, url, at, position = happened
    return Move(sender, recipient, transaction_hash, url, from_epoch_micros(int(at)), position)
