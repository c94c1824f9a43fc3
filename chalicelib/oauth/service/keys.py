"""The two keys that sign access tokens, in AWS KMS; private keys never leave it.

Two aliases name the keys, and a rotation replaces the older one. A new key is published at once, but signs only after
all verifiers had time to fetch it.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws, base64url, logging
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.kms import signing_key
from chalicelib.core.settings import settings

ALGORITHM = "ES256"
JWKS_SECONDS = 300
# A key signs from this age on, which is twice as long as anybody may cache the key set.
SIGNS_AFTER = timedelta(seconds=2 * JWKS_SECONDS)
# By this age of the newest key, the last tokens of the key before it have expired: they live for an hour.
SHORTEST_LIFE = timedelta(hours=2)
_FIRST_KEYS_WITHIN = timedelta(seconds=5)
_SLOTS = ("a", "b")
_ASK_AGAIN_SECONDS = 30.0
SPEC: Any = "ECC_NIST_P256"
DESCRIPTION = "Signs access tokens"
_log = logging.logger("oauth.keys")
COORDINATE_BYTES = 32


class LiveKey(NamedTuple):
    """A valid signing key. `kid` is its thumbprint (RFC 7638)."""

    alias: str
    key_id: str
    created_at: datetime
    x: bytes
    y: bytes

    @property
    def kid(self) -> str:
        """The thumbprint of its public part."""
        members = {name: self.jwk[name] for name in ("crv", "kty", "x", "y")}
        text = json.dumps(members, sort_keys=True, separators=(",", ":"))
        return base64url.encode(hashlib.sha256(text.encode()).digest())

    @property
    def jwk(self) -> dict[str, str]:
        """Its public part (RFC 7517), without the `kid`."""
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url.encode(self.x),
            "y": base64url.encode(self.y),
            "use": "sig",
            "alg": ALGORITHM,
        }


_keys: TtlCache[str, tuple[LiveKey, ...]] = TtlCache(seconds=JWKS_SECONDS, max_entries=1)
_asked_lock = Lock()
_asked_at = float("-inf")


def live_keys() -> tuple[LiveKey, ...]:
    """Both keys, newest first, at most five minutes old."""
    return _keys.get("keys", _read_keys) or ()


def key_named(kid: str) -> LiveKey | None:
    """The live key of this id.

    For an unknown id the keys are read again from KMS, at most every 30 s. Where KMS does not answer, the keys that are
    known stay in use.
    """
    found = _among(live_keys(), kid)
    if found is None and _may_ask_again():
        try:
            read = _read_keys()
        except (BotoCoreError, ClientError):
            _log.warning("the signing keys could not be read again", exc_info=True)
            return None
        _keys.put("keys", read)
        found = _among(read, kid)
    return found


def signing() -> LiveKey:
    """The signing key: the newest key that all verifiers had time to fetch.

    Of a stage's first two keys it is the newer from the start, since nobody can have fetched one without the other.
    """
    keys = live_keys()
    if are_initial_keys(keys):
        return keys[0]
    return next((key for key in keys if key.created_at <= now() - SIGNS_AFTER), keys[-1])


def are_initial_keys(keys: tuple[LiveKey, ...]) -> bool:
    """Whether keys were made together with their stage, so that none has replaced another."""
    return keys[0].created_at - keys[-1].created_at < _FIRST_KEYS_WITHIN


def key_set() -> dict[str, Any]:
    """The public parts of both keys as a JWK set (RFC 7517)."""
    return {"keys": [{**key.jwk, "kid": key.kid} for key in live_keys()]}


def live_keys_now() -> tuple[LiveKey, ...]:
    """Both keys, newest first, read from KMS."""
    _keys.clear()
    return live_keys()


def _read_keys() -> tuple[LiveKey, ...]:
    return tuple(sorted(map(_read_key, _SLOTS), key=lambda key: key.created_at, reverse=True))


def _read_key(slot: str) -> LiveKey:
    kms, alias = aws.client("kms"), f"alias/{settings().prefix}tokens-{slot}"
    metadata = signing_key(kms, alias, spec=SPEC, description=DESCRIPTION)
    encoded: bytes = kms.get_public_key(KeyId=metadata["KeyId"])["PublicKey"]
    point = encoded[-2 * COORDINATE_BYTES :]  # the end of a P-256 SubjectPublicKeyInfo (RFC 5480)
    created = metadata["CreationDate"].astimezone(UTC)
    return LiveKey(alias, metadata["KeyId"], created, point[:COORDINATE_BYTES], point[COORDINATE_BYTES:])


def _among(keys: tuple[LiveKey, ...], kid: str) -> LiveKey | None:
    return next((key for key in keys if key.kid == kid), None)


def _may_ask_again() -> bool:
    global _asked_at
    with _asked_lock:
        if monotonic() - _asked_at < _ASK_AGAIN_SECONDS:
            return False
        _asked_at = monotonic()
        return True
