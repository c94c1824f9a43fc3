"""moto's KMS with digests signed as AWS signs them."""

import hashlib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto import mock_aws

from local.engine.moto_kms import sign_digests

MESSAGE = b"a message"
DIGEST = hashlib.sha256(MESSAGE).digest()


class Key:
    """A key of the mocked KMS, and its public half as `cryptography` reads it."""

    def __init__(self, kms: Any) -> None:
        self.kms = kms
        self.key_id = kms.create_key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        public = serialization.load_der_public_key(kms.get_public_key(KeyId=self.key_id)["PublicKey"])
        assert isinstance(public, EllipticCurvePublicKey)
        self.public = public

    def sign(self, message: bytes, message_type: str) -> bytes:
        signature: bytes = self.kms.sign(
            KeyId=self.key_id, Message=message, MessageType=message_type, SigningAlgorithm="ECDSA_SHA_256"
        )["Signature"]
        return signature

    def verifies(self, message: bytes, message_type: str, signature: bytes) -> bool:
        valid: bool = self.kms.verify(
            KeyId=self.key_id,
            Message=message,
            MessageType=message_type,
            Signature=signature,
            SigningAlgorithm="ECDSA_SHA_256",
        )["SignatureValid"]
        return valid


@pytest.fixture
def key() -> Iterator[Key]:
    sign_digests()
    sign_digests()
    moto_alone = Config(ignore_configured_endpoint_urls=True)
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with mock_aws():
        yield Key(boto3.client("kms", region_name="eu-central-1", config=moto_alone, **credentials))


def test_a_digest_is_signed_as_it_is(key: Key) -> None:
    key.public.verify(key.sign(DIGEST, "DIGEST"), DIGEST, ECDSA(Prehashed(hashes.SHA256())))


def test_a_raw_message_is_hashed_first(key: Key) -> None:
    signature = key.sign(MESSAGE, "RAW")

    key.public.verify(signature, MESSAGE, ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.public.verify(signature, hashlib.sha256(DIGEST).digest(), ECDSA(Prehashed(hashes.SHA256())))


def test_a_message_and_its_digest_verify_alike(key: Key) -> None:
    assert key.verifies(MESSAGE, "RAW", key.sign(DIGEST, "DIGEST"))
    assert key.verifies(DIGEST, "DIGEST", key.sign(MESSAGE, "RAW"))
    assert not key.verifies(bytes(32), "DIGEST", key.sign(DIGEST, "DIGEST"))
