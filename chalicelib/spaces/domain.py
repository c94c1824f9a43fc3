"""Rules of identifiers, amounts and events: pure, without I/O.

An id is a prefix, a position (20 characters that sort by creation) and a MAC over account, kind and position. So the id
of a deleted object still works as a cursor, and ids cannot be forged.
"""

import hmac
from base64 import b32hexencode
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.core.comparing import is_same_secret
from chalicelib.core.ids import EVENT_PREFIX, millis_of

POSITION_LENGTH: Final = 20
_MAC_LENGTH: Final = 13  # of 32 letters: 65 bits, of which 64 are the MAC's
_POSITION_LETTERS: Final = frozenset("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

CUSTOMER, INVOICE, SUBSCRIPTION, CAPTURED_EMAIL, EVENT = "cus_", "inv_", "sub_", "cap_", EVENT_PREFIX
DELIVERY, HOOK = "dlv_", "hook_"  # of the webhooks, with a MAC behind their own ids

LARGEST_SPACE: Final = 9_999_999_999
MAX_ITEMS: Final = 250
# Amounts are integers below 2^53, which every JSON parser keeps exact.
MAX_AMOUNT: Final = 10**12
MAX_QUANTITY: Final = 10**6
MAX_TOTAL: Final = 10**15
# The size of an object and its event as JSON when it is created. Later events are larger: they add shipping details, a
# longer space address, a longer state. They may grow up to the size of a row.
MAX_NEW_EVENT_BYTES: Final = 350_000
MAX_DETAILS_BYTES: Final = 45_000
MAX_GROWN_EVENT_BYTES: Final = 400_000
# Deleting a customer cancels each subscription with an event of its own, within one request's time.
MAX_ACTIVE_SUBSCRIPTIONS: Final = 500

ACTIVE, CANCELED = "active", "canceled"

EVENT_TYPES: Final[Mapping[str, str]] = {
    "captured_email.created": "An e-mail address was captured",
    "customer.created": "A customer was created",
    "customer.deleted": "A customer was deleted",
    "customer.updated": "A customer was changed",
    "invoice.created": "An invoice was created",
    "invoice.paid": "An invoice was paid",
    "invoice.shipped": "An invoice was shipped",
    "subscription.canceled": "A subscription was canceled",
    "subscription.created": "A subscription was created",
}
"""What happened, by event type."""


class WrongAmount(ValueError):
    """An item or a sum is not billable; the message says why."""


def issue_id(prefix: str, position: str, *, account: str, key: bytes) -> str:
    """The id of an account's object of a kind at a position."""
    return f"{prefix}{position}{_mac(prefix, position, account, key)}"


def position_of(text: str, prefix: str, *, account: str, key: bytes) -> str | None:
    """The position in an id; None if the id was not issued for this kind and account."""
    position = text[len(prefix) : len(prefix) + POSITION_LENGTH]
    if len(text) != len(prefix) + POSITION_LENGTH + _MAC_LENGTH or not _POSITION_LETTERS.issuperset(position):
        return None
    expected = issue_id(prefix, position, account=account, key=key)
    return position if is_same_secret(expected, text) else None


def created_of(position: str) -> int:
    """The creation time of a position, in Unix seconds."""
    return millis_of(position) // 1000


def referral_code(account: str, *, key: bytes) -> str:
    """An account's referral code: constant, and not guessable."""
    return _mac("referral", "", account, key)[:8]


def line_total(quantity: int, unit_amount: int, discount: int) -> int:
    """quantity × unit_amount − discount, in minor units. Raises `WrongAmount` for a discount above the amount."""
    line = quantity * unit_amount
    if discount > line:
        raise WrongAmount("is more than quantity × unit_amount")
    return line - discount


def total_of(items: Iterable[Mapping[str, Any]]) -> int:
    """The sum of the items' totals. Raises `WrongAmount` above `MAX_TOTAL`."""
    total = sum(int(item["total_amount"]) for item in items)
    if total > MAX_TOTAL:
        raise WrongAmount(f"items: together they come to more than {MAX_TOTAL}")
    return total


def _mac(prefix: str, position: str, account: str, key: bytes) -> str:
    # Prefixes and positions have no line breaks, so different inputs give different texts.
    code = hmac.digest(key, f"{prefix}\n{position}\n{account}".encode(), "sha256")
    return b32hexencode(code[:8]).decode().rstrip("=")
