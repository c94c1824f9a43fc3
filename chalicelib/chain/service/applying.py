"""What the events of a chain change: tokens' holders and URIs, by the surface that has them, and the minter's role.

Applying the same events again changes nothing. What the surface cannot take yet, since the token's mint is not ended,
is kept and told with the next reading, and so is what came to the same token after it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from chalicelib.chain import contract
from chalicelib.chain.contract_events import MinterChanged, Transferred, UriChanged, read_event
from chalicelib.chain.models.events import FollowedRow
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.repository.events import Followed
from chalicelib.chain.rpc import Log
from chalicelib.chain.rpc_errors import NodeBusy, RpcError, TransientRpcError
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.chain.service.owners import Move, TokenOwner
from chalicelib.core.clock import epoch_micros, from_epoch_micros, now
from chalicelib.core.logging import logger

_log = logger("chain")
_TOKEN_FIELDS: Final = 5
_PATIENCE: Final = timedelta(days=1)


class _Place(NamedTuple):
    """Where an event stands: what happens to a token is in this order, over all generations of a chain."""

    generation: int
    block: int
    log_index: int

    @property
    def text(self) -> str:
        return f"{self.generation:06d}.{self.block:012d}.{self.log_index:06d}"


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
            if len(happened) == 1:
                is_done = self._uri_changed(token) or now() - from_epoch_micros(int(happened[0])) > _PATIENCE
            else:
                is_done = self._tell(token, _move_of(happened))
            if is_done:
                event_rows.end_later(row)

    def apply(self, logs: Sequence[Log]) -> int:
        """Applies events, all of the followed contracts; gives how many there were. Raises `RpcError`."""
        logs = sorted(logs, key=lambda log: (log.block_number, log.log_index))
        changed: dict[TokenReference, Log] = {}
        for log in logs:
            row, event = self._followed.contracts.get(log.address.lower()), read_event(log)
            if row is None:
                continue
            if isinstance(event, Transferred):
                self._transferred(row, event, log)
            elif isinstance(event, UriChanged):
                changed[self._token(row, event.token_id)] = log
            elif isinstance(event, MinterChanged) and event.account == self._node.signer.address:
                self._minter_changed(row, may_mint=event.may_mint)
        for token, log in changed.items():
            if not self._is_ours(log.transaction_hash) and not self._uri_changed(token):
                event_rows.put_later(self._node.name, self._place_of(log), [*token, str(epoch_micros(now()))])
        return len(logs)

    def _transferred(self, row: FollowedRow, event: Transferred, log: Log) -> None:
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
            return
        token = self._token(row, event.token_id)
        if not self._tell(token, move):
            happened = [*token, move.sender, move.recipient, move.transaction_hash, move.transaction_url]
            event_rows.put_later(self._node.name, move.position, [*happened, str(epoch_micros(move.at)), move.position])

    def _tell(self, token: TokenReference, move: Move) -> bool:
        """Whether the surface took it; a fault of one token holds up no other."""
        if token in self._held_up:
            return False
        try:
            is_taken = self._owner.moved(token, move)
        except Exception:
            _log.exception("a token's change of hands could not be applied", extra={"token": token})
            is_taken = False
        if not is_taken:
            self._held_up.add(token)
        return is_taken

    def _uri_changed(self, token: TokenReference) -> bool:
        """Whether the URI was asked for, or never can be: what a contract answers must not hold up all others."""
        token_id = int(token.token_id)
        try:
            self._owner.uri_changed(token, lambda: contract.token_uri(self._node.rpc, token.contract, token_id))
        except (RpcError, contract.NotACollection) as error:
            _log.warning("a token's URI could not be read", extra={"token": token, "why": str(error)})
            return not isinstance(error, TransientRpcError)
        return True

    def _place_of(self, log: Log) -> str:
        return _Place(int(self._followed.cursor.generation), log.block_number, log.log_index).text

    def _minter_changed(self, row: FollowedRow, *, may_mint: bool) -> None:
        event_rows.note_role(row, may_mint=may_mint)
        if not may_mint:
            extra = {"chain": self._node.name, "contract": row.contract, "partner": row.origin}
            _log.error("the minter's role was taken from our signer", extra=extra)

    def _token(self, row: FollowedRow, token_id: int) -> TokenReference:
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
