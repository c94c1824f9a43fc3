"""The event types that endpoints can ask for, each with a sample for tests; surfaces register theirs at
import.

Gardenlab's two are here, with the bodies of the partner documentation.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.clock import now
from chalicelib.webhooks.service.errors import EventTypeUnknown

Content = Mapping[str, Any]
Sample = Callable[[str], Content]

_samples: dict[str, Sample] = {}
_NO_CONTRACT = "0x" + "0" * 40
_NO_TRANSACTION = "0x" + "0" * 64


def register_event_types(*names: str, sample: Sample) -> None:
    """Makes these types known; `sample` gives the content of a test event of a type. Again: the last one
    counts.
    """
    for name in names:
        _samples[name] = sample


def known_event_types() -> tuple[str, ...]:
    """Every registered type, in order of the alphabet."""
    return tuple(sorted(_samples))


def check_event_type(event_type: str) -> None:
    """Raises `EventTypeUnknown`."""
    if event_type not in _samples:
        raise EventTypeUnknown(event_type)


def sample_content(event_type: str) -> dict[str, Any]:
    """The content of a test event, marked by `"test": true`. Raises `EventTypeUnknown`."""
    check_event_type(event_type)
    return {**_samples[event_type](event_type), "test": True}


def _seconds() -> int:
    return int(now().timestamp())


def _interaction(event_type: str) -> Content:
    seconds = _seconds()
    return {
        "sucess": True,  # the documented spelling, which receivers depend on
        "success": True,
        "contract": _NO_CONTRACT,
        "tokenId": "0",
        "actionType": event_type,
        "actionAtInSeconds": str(seconds),
        "at": {"_seconds": seconds, "_nanoseconds": 0},
        "transactionUrl": f"https://example.com/tx/{_NO_TRANSACTION}",
        "txHash": _NO_TRANSACTION,
        "newUri": "https://example.com/metadata/0",
    }


def _mint(event_type: str) -> Content:
    return {
        "success": True,
        "contract": _NO_CONTRACT,
        "tokenId": "0",
        "actionType": event_type,
        "at": {"_seconds": _seconds(), "_nanoseconds": 0},
        "transactionUrl": f"https://example.com/tx/{_NO_TRANSACTION}",
        "txHash": _NO_TRANSACTION,
    }


register_event_types("newBcInteraction", sample=_interaction)
register_event_types("newBcNftMint", sample=_mint)
