"""Webhooks about the chain: each is recorded once, however often its cause is found."""

from chalicelib.chain.service.owners import Changed, Minted, Move, Updated
from chalicelib.core.ids import EVENT_PREFIX, digest
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.webhooks import service as webhooks


def emit_once(
    transaction: Transaction, origin: str, content: event_bodies.Body, *cause: str, keeps_id: bool = False
) -> None:
    """Adds an event whose id is made from its cause; the commit may raise `EventExists`. `keeps_id` as in `emit`."""
    webhooks.emit(
        transaction,
        origin=origin,
        event_type=content["actionType"],
        content=content,
        event_id=EVENT_PREFIX + digest(origin, *cause),
        keeps_id=keeps_id,
    )


def written(outcome: Minted | Updated | Changed | Move) -> event_bodies.Written:
    """The transaction as bodies name it."""
    return {"transactionUrl": outcome.transaction_url, "txHash": outcome.transaction_hash}
