"""What the chain context offers to the surfaces: jobs to queue. What their worker tells them of is in `owners`."""

from chalicelib.chain.service.outbox import (
    AlreadyQueued,
    TokenReference,
    enqueue_mint,
    enqueue_update,
    enqueue_work,
    open_updates,
)

__all__ = [
    "AlreadyQueued",
    "TokenReference",
    "enqueue_mint",
    "enqueue_update",
    "enqueue_work",
    "open_updates",
]
