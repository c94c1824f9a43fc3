"""The webhooks."""

from chalicelib.chain.domain.changes import Change
from chalicelib.core.reference import Hook
from chalicelib.gardenlab import event_bodies as bodies
from chalicelib.gardenlab.domain import (
    BUDGET_EVENT,
    BURN_EVENT,
    COLLECTION_EVENT,
    INTERACTION_EVENT,
    MINT_EVENT,
    TRANSFER_EVENT,
)
from chalicelib.gardenlab.reference.partners_api import CONTRACT, MICROS, TRANSACTION, URI, WALLET

_NAMES: bodies.Names = {"contract": CONTRACT, "tokenId": "7"}
_WRITTEN: bodies.Written = {"transactionUrl": f"https://polygonscan.com/tx/{TRANSACTION}", "txHash": TRANSACTION}

_BUYER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
_BY_NAME = "Only endpoints that name this type get it."

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
    Hook(
        event_type=TRANSFER_EVENT,
        summary="A minted NFT has another holder",
        description=f"Sent once a sale or gift of the token is final. {_BY_NAME}",
        body=bodies.NftTransferred,
        example=bodies.transferred(_NAMES, _WRITTEN, at=MICROS, previous=WALLET, owner=_BUYER),
    ),
    Hook(
        event_type=BURN_EVENT,
        summary="A minted NFT was burned",
        description=f"Sent once the end of the token is final. {_BY_NAME}",
        body=bodies.NftBurned,
        example=bodies.burned(_NAMES, _WRITTEN, at=MICROS, previous=WALLET),
    ),
    Hook(
        event_type=COLLECTION_EVENT,
        summary="A change of a collection's contract is final, or has failed for good",
        description=f"Sent once for each change of royalties, metadata or a token's lock. {_BY_NAME}",
        body=bodies.CollectionChanged | bodies.CollectionChangeFailed,
        example=bodies.changed(
            bodies.asked(CONTRACT, "summer_party", "3", Change("royalties", None, None, WALLET, 250)),
            _WRITTEN,
            at=MICROS,
        ),
    ),
    Hook(
        event_type=BUDGET_EVENT,
        summary="The gas budget of a day is nearly spent",
        description=(
            "Sent once a day and chain, when 80 percent of a limit that the operator set are spent. What the "
            f"budget has no room for waits for the next day (UTC), or until the budget is raised. {_BY_NAME}"
        ),
        body=bodies.BudgetNearlySpent,
        example=bodies.budget_nearly_spent("polygon", bodies.SAMPLE_ACCOUNT, at=MICROS),
    ),
)
