"""Signatures by the Standard Webhooks specification, symmetric scheme `v1`. Pure.

A secret is `whsec_` and the base64 text of 24 to 64 random bytes; what is signed are the bytes
`{webhook-id}.{webhook-timestamp}.{body}`.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core.times import stored_time

USER_AGENT: Final = "Spacegarden-Webhooks/1"
SECRET_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
MAX_LIVE_SECRETS: Final = 3
DEFAULT_KEEP_SECONDS: Final = 24 * 3600
MAX_KEEP_SECONDS: Final = 7 * 24 * 3600

# {"secret": "whsec_…", "until": an ISO 8601 time, or None for the one that does not end}
StoredSecret = Mapping[str, Any]


def new_secret() -> str:
    """A fresh secret of 32 bytes."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, such as `v1,K5oZ…=`."""
    signing_key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(signing_key, signed, "sha256")).decode()


def signature_header(live: Iterable[str], *, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each live secret, separated by spaces."""
    return " ".join(sign(secret, message_id=message_id, timestamp=timestamp, body=body) for secret in live)


def request_headers(
    message_id: str, *, timestamp: int | str, signature: str, sequence: int | None = None
) -> dict[str, str]:
    """The headers of a delivery, but for the endpoint's own."""
    headers = {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    return headers if sequence is None else {**headers, "webhook-sequence": str(sequence)}


def live_secrets(stored: Iterable[StoredSecret], *, at: datetime) -> list[str]:
    """The secrets that are good at a time, the newest first."""
    return [str(entry["secret"]) for entry in stored if _is_live(entry, at)]


def first_secret(secret: str) -> list[StoredSecret]:
    """What a new endpoint stores."""
    return [{"secret": secret, "until": None}]


def rotated(stored: Sequence[StoredSecret], secret: str, *, at: datetime, keep_seconds: int) -> list[StoredSecret]:
    """The secrets after a rotation at that time: `secret` first, the older ones live for `keep_seconds` at most.

    No more than three are live; the oldest give way. A rotation never lengthens an older one's life.
    """
    ends = at + timedelta(seconds=keep_seconds)
    kept = [
        {"secret": entry["secret"], "until": min(_end(entry) or ends, ends).isoformat()}
        for entry in stored
        if keep_seconds > 0 and _is_live(entry, at)
    ]
    return [*first_secret(secret), *kept][:MAX_LIVE_SECRETS]


def _end(entry: StoredSecret) -> datetime | None:
    return stored_time(entry["until"]) if entry["until"] else None


def _is_live(entry: StoredSecret, at: datetime) -> bool:
    end = _end(entry)
    return end is None or at < end
