"""Events sent on to an address of the user's own machine, signed as the platform signs them.

The scheme is that of Standard Webhooks (standardwebhooks.com). No key of the platform goes along, and redirects are
not followed.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from cli.api import KeepErrorAnswers

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_TIMEOUT_SECONDS = 15.0  # as long as a delivery waits


def new_secret() -> str:
    """A signing secret for one session."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """The bytes that sign. Raises `ValueError` for a text that is not `whsec_` and base64."""
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a secret begins with {_PREFIX}")
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def body_of(event: Mapping[str, Any]) -> bytes:
    """The exact bytes that the platform sends for an event, which is given as its API shows it."""
    return json.dumps(event["content"], ensure_ascii=False, separators=(",", ":")).encode()


def signed_headers(event_id: str, body: bytes, *, secret: str, at: int) -> dict[str, str]:
    """The headers of a webhook that is sent at the unix time `at`, in seconds."""
    signed = f"{event_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()
    return {
        "content-type": "application/json",
        "user-agent": "spacegarden-cli",
        "webhook-id": event_id,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature}",
    }


class Forwarder:
    """Sends events to one address; `headers` go along."""

    def __init__(self, url: str, *, secret: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._secret = secret
        self._headers = headers
        self._opener = build_opener(KeepErrorAnswers, ProxyHandler({}))

    def send(self, event: Mapping[str, Any]) -> tuple[int | None, str]:
        """The answer's status and how long it took, or None and why there was no answer."""
        body = body_of(event)
        headers = {**self._headers, **signed_headers(event["id"], body, secret=self._secret, at=int(time.time()))}
        request = Request(self._url, body, headers, method="POST")
        began = time.monotonic()
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
                answer.read(1)
                return answer.status, f"{(time.monotonic() - began) * 1000:.0f} ms"
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, URLError) else error
            return None, getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
