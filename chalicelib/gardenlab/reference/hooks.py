"""The two webhooks."""

from chalicelib.core.reference import Hook
from chalicelib.gardenlab import event_bodies as bodies
from chalicelib.gardenlab.domain import INTERACTION_EVENT, MINT_EVENT
from chalicelib.gardenlab.reference.partners_api import CONTRACT, MICROS, TRANSACTION, URI

_NAMES: bodies.Names = {"contract": CONTRACT, "tokenId": "7"}
_WRITTEN: bodies.Written = {"transactionUrl": f"https://polygonscan.com/tx/{TRANSACTION}", "txHash": TRANSACTION}

HOOKS = (
    Hook(
        event_type=MINT_EVENT,
        summary="A mint is final, or has failed for good",
        description="Sent once a mint is final, or once no hope is left.",
        body=bodies.MintDone | bodies.MintFailed,
        example=bodies.minted(_NAMES, _WRITTEN, at=MICROS),
    ),
    Hook(
        event_type=INTERACTION_EVENT,
        summary="A scan is on chain, or has failed for good",
        description="Sent once for each scan of a minted NFT. Scans that share a transaction share its hash and URI.",
        body=bodies.InteractionDone | bodies.InteractionFailed,
        example=bodies.updated(_NAMES, _WRITTEN, at=MICROS, uri=URI),
    ),
)
