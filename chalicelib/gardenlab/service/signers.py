"""What partners are told of the accounts that pay for their mints and updates."""

from collections.abc import Iterable
from contextlib import suppress

from chalicelib.chain.service.owners import SignerLow
from chalicelib.core.ids import EVENT_PREFIX, digest
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.gardenlab.domain import SIGNER_EVENT
from chalicelib.gardenlab.service import ownership
from chalicelib.webhooks import service as webhooks


class GardenlabCollections:
    """The chains' signers as they concern Gardenlab's collections; the protocol is `CollectionOwner`."""

    def contracts(self, chain: str) -> Iterable[tuple[str, str, str]]:
        """Every partner's collections on a chain."""
        return ownership.contracts_on(chain)

    def signer_low(self, origin: str, low: SignerLow) -> None:
        """Records the webhook of a signer that wants coins, where it was not; its id is made from its cause."""
        content = event_bodies.signer_low(low.chain, at=low.since)
        event_id = EVENT_PREFIX + digest(origin, low.chain, SIGNER_EVENT, str(low.since))
        transaction = Transaction()
        webhooks.emit(
            transaction, origin=origin, event_type=SIGNER_EVENT, content=content, event_id=event_id, keeps_id=True
        )
        with suppress(webhooks.EventExists):
            transaction.commit()
