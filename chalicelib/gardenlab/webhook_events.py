"""The two webhooks of Gardenlab, with samples for tests: the bodies of the partner documentation."""

from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.gardenlab.schemas import moment_of
from chalicelib.webhooks.service import register_event_types

MINT_EVENT = "newBcNftMint"
INTERACTION_EVENT = "newBcInteraction"
_NO_CONTRACT = "0x" + "0" * 40
_NO_TRANSACTION = "0x" + "0" * 64


def _interaction(event_type: str) -> dict[str, Any]:
    return {
        "sucess": True,  # the documented spelling, which receivers depend on
        **_mint(event_type),
        "actionAtInSeconds": str(int(now().timestamp())),
        "newUri": "https://example.com/metadata/0",
    }


def _mint(event_type: str) -> dict[str, Any]:
    return {
        "success": True,
        "contract": _NO_CONTRACT,
        "tokenId": "0",
        "actionType": event_type,
        "at": moment_of(epoch_micros(now())),
        "transactionUrl": f"https://example.com/tx/{_NO_TRANSACTION}",
        "txHash": _NO_TRANSACTION,
    }


register_event_types(INTERACTION_EVENT, sample=_interaction)
register_event_types(MINT_EVENT, sample=_mint)
