"""The two webhooks of Gardenlab, with samples for tests: the bodies of the partner documentation."""

from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.webhooks.domain import EventType

MINT_EVENT = "newBcNftMint"
INTERACTION_EVENT = "newBcInteraction"
_NO_CONTRACT = "0x" + "0" * 40
_NO_TRANSACTION = "0x" + "0" * 64


def _interaction() -> dict[str, Any]:
    return {
        "sucess": True,  # the documented spelling, which receivers depend on
        **_done(INTERACTION_EVENT),
        "actionAtInSeconds": str(int(now().timestamp())),
        "newUri": "https://example.com/metadata/0",
    }


def _mint() -> dict[str, Any]:
    return _done(MINT_EVENT)


def _done(event_type: str) -> dict[str, Any]:
    from chalicelib.gardenlab.schemas import moment_of  # loads with the first sample, not with the first event

    return {
        "success": True,
        "contract": _NO_CONTRACT,
        "tokenId": "0",
        "actionType": event_type,
        "at": moment_of(epoch_micros(now())),
        "transactionUrl": f"https://example.com/tx/{_NO_TRANSACTION}",
        "txHash": _NO_TRANSACTION,
    }


EVENT_TYPES = (EventType(INTERACTION_EVENT, _interaction), EventType(MINT_EVENT, _mint))
