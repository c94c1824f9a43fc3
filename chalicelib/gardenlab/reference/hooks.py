"""The two webhooks."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from chalicelib.chain.domain.causes import FailureCode
from chalicelib.core.reference import Hook
from chalicelib.gardenlab.reference.partners_api import CONTRACT, MOMENT, TRANSACTION, URI
from chalicelib.gardenlab.schemas import Moment, ReservedId
from chalicelib.gardenlab.webhook_events import INTERACTION_EVENT, MINT_EVENT

Sample = Annotated[bool | None, Field(exclude_if=lambda value: value is None)]


class MintDone(BaseModel):
    """An NFT is minted, and final."""

    success: Literal[True]
    contract: str
    tokenId: str
    reservedTokenId: ReservedId = None
    actionType: str
    at: Moment
    transactionUrl: str
    txHash: str
    test: Sample = None


class MintFailed(BaseModel):
    """A mint failed for good; it may be asked for again."""

    success: Literal[False]
    error: str
    code: FailureCode
    contract: str
    tokenId: str
    reservedTokenId: ReservedId = None
    actionType: str
    at: Moment


class InteractionDone(MintDone):
    """A scan's metadata is on chain, and final."""

    sucess: Literal[True]
    actionAtInSeconds: str
    newUri: str


class InteractionFailed(MintFailed):
    """A scan's metadata did not come on chain, for good."""

    sucess: Literal[False]
    actionAtInSeconds: str


_MINT = {
    "success": True,
    "contract": CONTRACT,
    "tokenId": "7",
    "actionType": MINT_EVENT,
    "at": MOMENT,
    "transactionUrl": f"https://polygonscan.com/tx/{TRANSACTION}",
    "txHash": TRANSACTION,
}

HOOKS = (
    Hook(
        event_type=MINT_EVENT,
        summary="A mint is final, or has failed for good",
        description="Sent once a mint is final, or once no hope is left.",
        body=MintDone | MintFailed,
        example=_MINT,
    ),
    Hook(
        event_type=INTERACTION_EVENT,
        summary="A scan is on chain, or has failed for good",
        description="Sent once for each scan of a minted NFT. Scans that share a transaction share its hash and URI.",
        body=InteractionDone | InteractionFailed,
        example={
            "sucess": True,
            **_MINT,
            "actionType": INTERACTION_EVENT,
            "actionAtInSeconds": "1749413520",
            "newUri": URI,
        },
    ),
)
