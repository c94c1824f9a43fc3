"""What the chain context offers to the surfaces: jobs to queue and the outcomes they are told of."""

from chalicelib.chain.service.outbox import (
    AlreadyQueued,
    Failure,
    Minted,
    TokenOwner,
    TokenReference,
    Updated,
    enqueue_mint,
    enqueue_update,
    open_updates,
)
from chalicelib.chain.service.waiting import why_mint_waits

__all__ = [
    "AlreadyQueued",
    "Failure",
    "Minted",
    "TokenOwner",
    "TokenReference",
    "Updated",
    "enqueue_mint",
    "enqueue_update",
    "open_updates",
    "why_mint_waits",
]
