"""Where the reading of a chain's events stands, and whether the chain is still the one that was read.

It is separate from `reading`, because the watch needs only this and applies no events.
"""

from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.repository.events import Followed
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import Node
from chalicelib.core.logging import logger

_log = logger("chain")


def note_final_block(node: Node) -> None:
    """Keeps the newest final block of a chain that is followed, and has it read anew where the cursor's is gone."""
    followed = event_rows.read_followed(node.name)
    if followed.contracts:
        Position(node.steady(), followed).note()


class Position:
    """The cursor of a chain's events, beside what a node shows of the chain."""

    def __init__(self, node: Node, followed: Followed) -> None:
        self._node = node
        self._followed = followed
        self._cursor = followed.cursor

    def note(self) -> None:
        """Stores a final block that is old enough for every node in use to have it."""
        if self._cursor.position is None or self.is_begun_anew():
            return
        final = self._node.final_block(self._node.rpc.block_number())
        block = self._node.rpc.block(max(final - self._node.configuration.max_lag_blocks, 0))
        if block is not None:
            event_rows.note_final(self._cursor, block.number, block.hash)

    def is_begun_anew(self) -> bool:
        """Has everything read again where the cursor's block is not on the chain any more."""
        position = int(self._cursor.position or 0)
        block = self._node.rpc.block(max(position, 0))
        if block is None:
            if self._node.rpc.block_number() >= position - self._node.configuration.max_lag_blocks:
                return False  # the node is behind
        elif self._cursor.block_hash in (None, block.hash) or self.is_denied(position, block.hash):
            return False
        self._node.require_chain(self._node.configuration.chain_id)
        _log.error("the chain was replaced; its events are read again", extra={"chain": self._node.name})
        return event_rows.begin_anew(self._cursor, position=self.before_the_first())

    def is_denied(self, number: int, block_hash: str) -> bool:
        """Whether another node of the chain shows another block."""
        for other in self._node.rpc.nodes()[1:]:
            try:
                block = other.block(number)
            except RpcError:
                continue
            if block is not None and block.hash != block_hash:
                extra = {"chain": self._node.name, "block": number}
                _log.error("nodes disagree about a block; its events are not read", extra=extra)
                return True
        return False

    def before_the_first(self) -> int:
        """The block before the first that may hold events of a contract that is followed."""
        return min(int(row.from_block) for row in self._followed.contracts.values()) - 1
