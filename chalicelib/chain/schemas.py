"""The wire of the chains' signers, jobs and budgets (admin surface)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.changes import ChangeKind
from chalicelib.chain.domain.node_states import NodeState
from chalicelib.core.schemas import COINS, Read, Wire


class JobRead(Read):
    """An open job. The fields from `transaction_hash` on are null while no transaction carries it."""

    id: str
    """The job's id in its collection: the token (or `collection`), what is done, and the number of the try, scan or
    change."""
    cursor: str
    """What `starting_after` takes to list what comes behind this job, as the list stood."""
    contract_id: str
    """The collection's alias."""
    token_id: str | None
    """The token's id on the chain; null for a change that concerns the whole collection."""
    kind: Literal["mint", "update", "change"]
    """A mint, an update of the token's URI, or a change of the contract."""
    change: ChangeKind | None
    """What is changed; null for a mint or an update."""
    state: Literal["waiting", "sent"]
    """`sent` while a transaction carries the job."""
    recipient: str | None
    """To whom the token is minted; null for an update."""
    uri: str | None
    """The URI that the token is minted with, or the collection's metadata will have; null for an update, which takes
    the URI of its moment."""
    waits_for: Cause | None
    """Why the job waits, as a code; null where nothing keeps it."""
    why: str
    """The same in words."""
    error: str | None
    """What the last try ended with."""
    failures: int
    """How many tries failed."""
    created_at: datetime
    """When the job was queued."""
    transaction_hash: str | None
    """The hash of the transaction that carries the job."""
    transaction_url: str | None
    """Its page in the chain's explorer."""
    nonce: int | None
    """Its nonce."""
    max_fee_gwei: str | None
    """What it pays for a unit of gas at most, as decimal text."""
    tip_gwei: str | None
    """What of that goes to the block's producer, as decimal text."""
    gas: int | None
    """How much gas it may use."""
    bids: int | None
    """How many times it was signed: once, and again for each raise of its fees."""
    most_cost: str | None
    """What the transaction, which may carry other jobs too, costs at most, in the chain's coin, as decimal text."""
    most_share: str | None
    """The job's own share of that, in the coin, as decimal text."""
    most_share_value: str | None
    """The share in `currency`, as decimal text; null where the operator gives the coin no price."""
    currency: str | None
    """The currency of the value, such as EUR."""


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


_MOST_TOKENS = 10**9
_Tokens = Annotated[int, Field(ge=0, le=_MOST_TOKENS)]
_Coins = Annotated[str, StringConstraints(pattern=COINS)]


class BudgetUpdate(Wire):
    """PATCH /admin/partners/{origin}/gas_budgets/{chain}: the limits of a UTC day. null lifts one."""

    mints: _Tokens | None = None
    """How many NFTs may be minted."""
    updates: _Tokens | None = None
    """How many URIs of tokens may be updated, and contracts changed; scans that share an update count once."""
    coins: _Coins | None = None
    """What transactions may cost in the chain's coin, as decimal text."""


class BudgetRead(Read):
    """What a partner may spend on a chain a UTC day, and what of today it has. Coins are decimal text."""

    chain: str
    """The chain's name."""
    mints: int | None
    """How many NFTs may be minted; null: without limit."""
    updates: int | None
    """How many URIs of tokens may be updated, and contracts changed; null: without limit."""
    coins: str | None
    """What transactions may cost in the chain's coin; null: without limit."""
    day: str
    """Today, in UTC."""
    spent_mints: int
    """Mints that became final."""
    spent_updates: int
    """Updates and changes that became final."""
    spent_coins: str
    """What the day's final transactions cost."""
    spent_value: str | None
    """The same in `currency`; null where the operator gives the coin no price."""
    currency: str | None
    """The currency of the value, such as EUR."""
    held_mints: int
    """Mints that are on their way; they count."""
    held_updates: int
    """Updates and changes that are on their way; they count."""
    held_coins: str
    """What the transactions on their way may cost at most; it counts until they are final, and then what they did."""
