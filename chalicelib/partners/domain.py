"""Rules of API keys and origins: pure, without I/O."""

import hashlib
import re
import secrets
from typing import Literal, NamedTuple, get_args

from chalicelib.core.comparing import is_same_secret
from chalicelib.core.ids import random_token

Scope = Literal["gardenlab", "dreamspace", "webhooks", "missions", "spaces"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
LEAST_DAYS_KEPT, MOST_DAYS_KEPT = 5, 365  # of what has a retention
_KEY = re.compile(r"sg_(?P<stage>[a-z0-9]{1,32})_(?P<id>[a-z0-9]{1,32})_(?P<secret>[A-Za-z0-9]{16,128})")
_SECRET_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH = 43  # of 62 letters: 256 bits


class ApiKey(NamedTuple):
    """A key as the partner holds it: `sg_<stage>_<id>_<secret>`."""

    stage: str
    id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.prefix}_{self.secret}"

    @property
    def prefix(self) -> str:
        """The part that may be shown."""
        return f"sg_{self.stage}_{self.id}"

    @property
    def secret_sha256(self) -> str:
        """The hash that is stored. A plain hash is enough: the secret has 256 random bits."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, secret_sha256: str) -> bool:
        """Compares in constant time."""
        return is_same_secret(secret_sha256, self.secret_sha256)


def parse_key(text: str) -> ApiKey | None:
    """The parts of a well-formed key, else None."""
    match = _KEY.fullmatch(text)
    return ApiKey(match["stage"], match["id"], match["secret"]) if match else None


def new_key(stage: str) -> ApiKey:
    """A fresh key with a 256-bit secret."""
    secret = "".join(secrets.choice(_SECRET_LETTERS) for _ in range(_SECRET_LENGTH))
    return ApiKey(stage, random_token(12), secret)


class Credential(NamedTuple):
    """Who is calling: the partner, the key, and what it may do. `key_name` is the partner's word for an API key."""

    origin: str
    key_id: str
    scopes: frozenset[str]
    key_name: str = ""

    def allows(self, scope: str) -> bool:
        """True where the key has the scope; a key made without scopes has all of them."""
        return not self.scopes or scope in self.scopes
