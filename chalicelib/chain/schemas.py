"""The wire of the chains' signers (admin surface)."""

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.node_states import NodeState
from chalicelib.core.schemas import Read


class NodeRead(Read):
    """One of a chain's nodes."""

    host: str
    """The node's host; the rest of its address may hold a key."""
    state: NodeState
    """`used`, or why the node is passed over: `silent` (no answer, or an error), `lagging` (too many blocks behind the
    best), `forked` (another block than most nodes), `distrusted` (it showed a receipt that others deny)."""
    head: int | None
    """The number of its newest block when it was last asked; null where it did not say."""


class SignerRead(Read):
    """A chain's signer. `balance` is decimal text in the chain's coin; what the node did not tell is null."""

    chain: str
    """The chain's name in the configuration."""
    address: str | None
    """The signer's address."""
    key: str | None
    """Where the signer's key is kept: a KMS key or a secret."""
    balance: str | None
    """What the signer has, in the chain's coin, as decimal text."""
    low: bool | None
    """True where the balance is below the configured limit, or too small for the next transaction."""
    next_nonce: int | None
    """The nonce of the signer's next transaction."""
    in_flight: int | None
    """Transactions that are sent and not final."""
    waits_for: Cause | None
    """Why its next transaction is not mined, or could not be signed, as a code; null where nothing waits."""
    error: str | None
    """Why something is null; null where nothing is missing."""
    nodes: list[NodeRead]
    """The chain's nodes, in the order in which they are preferred."""
