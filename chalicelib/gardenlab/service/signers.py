"""What partners are told of the accounts that pay for their mints and updates."""

from contextlib import suppress

from chalicelib.chain.service.owners import SignerLow
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab import event_bodies
from chalicelib.gardenlab.domain import SIGNER_EVENT
from chalicelib.gardenlab.service import ownership
from chalicelib.gardenlab.service.emitting import emit_once
from chalicelib.webhooks.service import EventExists


class GardenlabCollections:
    """The chains' signers as they concern Gardenlab's collections; the protocol is `CollectionOwner`."""

    contracts = staticmethod(ownership.contracts_on)

    def signer_low(self, origin: str, low: SignerLow) -> None:
        """Records the webhook of a signer that runs out of coins, unless it was recorded before."""
        content = event_bodies.signer_low(low.chain, at=low.since)
        transaction = Transaction()
        emit_once(transaction, origin, content, low.chain, SIGNER_EVENT, str(low.since), keeps_id=True)
        with suppress(EventExists):
            transaction.commit()
