"""ES256 (RFC 7518 § 3.4) for PyJWT: signed in AWS KMS, verified by pycryptodome.

PyJWT's own ES256 needs the library cryptography, which would be a third of the package. This module loads with the
first token of a process.
"""

import hashlib
import json
from functools import lru_cache
from typing import Any, NoReturn

from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from jwt import PyJWS
from jwt.algorithms import Algorithm
from jwt.exceptions import InvalidKeyError

from chalicelib.core import aws
from chalicelib.core.kms import signature_numbers
from chalicelib.oauth.service.keys import ALGORITHM, COORDINATE_BYTES, LiveKey


class Es256(Algorithm):
    """The algorithm as PyJWT asks for it; its keys are `LiveKey`s."""

    def prepare_key(self, key: Any) -> LiveKey:
        if not isinstance(key, LiveKey):
            raise InvalidKeyError("not a key of this stage")
        return key

    def sign(self, msg: bytes, key: LiveKey) -> bytes:
        numbers = signature_numbers(aws.client("kms"), key.key_id, hashlib.sha256(msg).digest())
        return b"".join(number.to_bytes(COORDINATE_BYTES) for number in numbers)

    def verify(self, msg: bytes, key: LiveKey, sig: bytes) -> bool:
        try:
            _verifier(key).verify(SHA256.new(msg), sig)
        except ValueError:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: LiveKey, as_dict: bool = False) -> Any:
        return key_obj.jwk if as_dict else json.dumps(key_obj.jwk)

    @staticmethod
    def from_jwk(jwk: Any) -> NoReturn:
        raise InvalidKeyError(f"keys are read from KMS, not from {type(jwk).__name__}")


@lru_cache(maxsize=1)
def signatures() -> PyJWS:
    """Makes and checks signed texts (RFC 7515) by ES256; knows no other algorithm, `none` included."""
    jws = PyJWS(algorithms=[])
    jws.register_algorithm(ALGORITHM, Es256())
    return jws


@lru_cache(maxsize=8)
def _verifier(key: LiveKey) -> DSS.DssSigScheme:
    point = ECC.construct(curve="P-256", point_x=int.from_bytes(key.x), point_y=int.from_bytes(key.y))
    return DSS.new(point, "fips-186-3")
