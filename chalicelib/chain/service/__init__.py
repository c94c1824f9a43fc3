"""What the chain context offers to the surfaces: jobs to queue and the outcomes they are told of."""

from chalicelib.chain.service.outbox import (
    Failure,
    Minted,
    TokenOwner,
    TokenReference,
    Updated,
    enqueue_mint,
    enqueue_update,
)

__all__ = ["Failure", "Minted", "TokenOwner", "TokenReference", "Updated", "enqueue_mint", "enqueue_update"]
