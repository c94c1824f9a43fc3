"""moto's KMS, made to sign and verify digests as AWS does, and to make an RSA key only where one is used.

moto drops the `MessageType` of a request and hashes a digest once more. Its request handlers know the
type, its keys do the signing: both are wrapped, and a context variable carries the type from one to the
other.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final

_is_digest: Final[ContextVar[bool]] = ContextVar("kms_message_is_digest", default=False)
_MARK: Final = "signs_digests"
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"


def sign_digests() -> None:
    """Makes moto's elliptic-curve keys sign a DIGEST as it is, and RAW messages as before. It may be called twice."""
    from moto.kms.responses import KmsResponse
    from moto.kms.utils import ECDSAPrivateKey

    if hasattr(ECDSAPrivateKey, _MARK):
        return
    for owner, name, wrapper in (
        (KmsResponse, "sign", _telling_message_type),
        (KmsResponse, "verify", _telling_message_type),
        (ECDSAPrivateKey, "sign", _signing_digests),
        (ECDSAPrivateKey, "verify", _verifying_digests),
    ):
        setattr(owner, name, wrapper(getattr(owner, name)))
    setattr(ECDSAPrivateKey, _MARK, True)


def make_keys_when_used() -> None:
    """Makes the RSA key that moto gives each symmetric key with its first use alone: it takes a tenth of a second."""
    import moto.kms.models

    models: Any = moto.kms.models
    make = models.generate_private_key
    models.generate_private_key = lambda spec: _Unmade(make, spec) if spec == _SYMMETRIC else make(spec)


class _Unmade:
    """A private key that is made with its first use."""

    def __init__(self, make: Callable[[str], Any], spec: str) -> None:
        self._make, self._spec = make, spec

    def __getattr__(self, name: str) -> Any:
        made = self._make(self._spec)
        self.__dict__.update(vars(made))
        self.__class__ = type(made)
        return getattr(self, name)


def _telling_message_type(handle: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(handle)
    def handle_with_message_type(response: Any) -> str:
        token = _is_digest.set(response._get_param("MessageType") == "DIGEST")
        try:
            return handle(response)
        finally:
            _is_digest.reset(token)

    return handle_with_message_type


def _signing_digests(sign: Callable[[Any, bytes, str], bytes]) -> Callable[[Any, bytes, str], bytes]:
    @wraps(sign)
    def sign_message(key: Any, message: bytes, signing_algorithm: str) -> bytes:
        if not _is_digest.get():
            return sign(key, message, signing_algorithm)
        signature: bytes = key.private_key.sign(message, _prehashed(key, signing_algorithm))
        return signature

    return sign_message


def _verifying_digests(
    verify: Callable[[Any, bytes, bytes, str], bool],
) -> Callable[[Any, bytes, bytes, str], bool]:
    from cryptography.exceptions import InvalidSignature

    @wraps(verify)
    def verify_message(key: Any, message: bytes, signature: bytes, signing_algorithm: str) -> bool:
        if not _is_digest.get():
            return verify(key, message, signature, signing_algorithm)
        try:
            key.private_key.public_key().verify(signature, message, _prehashed(key, signing_algorithm))
        except InvalidSignature:
            return False
        return True

    return verify_message


def _prehashed(key: Any, signing_algorithm: str) -> Any:
    """The signature scheme for a digest. Refuses an algorithm that does not fit the key's curve."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    from moto.kms.utils import validate_signing_algorithm

    validate_signing_algorithm(signing_algorithm, key.valid_signing_algorithms)
    by_name: dict[str, Callable[[], hashes.HashAlgorithm]] = {
        "ECDSA_SHA_256": hashes.SHA256,
        "ECDSA_SHA_384": hashes.SHA384,
        "ECDSA_SHA_512": hashes.SHA512,
    }
    return ECDSA(Prehashed(by_name[signing_algorithm]()))
