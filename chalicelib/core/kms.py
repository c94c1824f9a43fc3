"""Signing keys that AWS KMS keeps: found by their alias, made where there is none."""

from typing import Any, Literal

from botocore.exceptions import ClientError

from chalicelib.core.logging import logger
from chalicelib.core.settings import settings

KeySpec = Literal["ECC_SECG_P256K1", "ECC_NIST_P256"]
DELETION_DAYS = 7
# A tag with the stage's name, by which IAM roles tell a stage's keys from the account's other ones.
STAGE_TAG = "SpacegardenStage"

_log = logger("kms")


class SignatureUnreadable(Exception):
    """What KMS answered is no ECDSA signature."""


def signing_key(kms_client: Any, alias: str, *, spec: KeySpec, description: str) -> dict[str, Any]:
    """KMS's metadata of the signing key called `alias` (begins with `alias/`), made where there is none.

    Where another caller names its own key first, that key is answered and ours is left to be deleted by KMS.
    """
    try:
        return dict(kms_client.describe_key(KeyId=alias)["KeyMetadata"])
    except kms_client.exceptions.NotFoundException:
        pass
    made = new_signing_key(kms_client, spec=spec, description=description)
    try:
        kms_client.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
    except kms_client.exceptions.AlreadyExistsException:
        forsake(kms_client, made["KeyId"])
        return dict(kms_client.describe_key(KeyId=alias)["KeyMetadata"])
    return made


def new_signing_key(kms_client: Any, *, spec: KeySpec, description: str) -> dict[str, Any]:
    """The metadata of a signing key made now, which no alias names yet."""
    tags = [{"TagKey": STAGE_TAG, "TagValue": settings().stage}]
    made = kms_client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY", Description=description, Tags=tags)
    return dict(made["KeyMetadata"])


def forsake(kms_client: Any, key_id: str) -> None:
    """Has KMS delete a key after `DELETION_DAYS`, until when that can be cancelled.

    Where KMS refuses, only the log says so: an unused key does no harm.
    """
    try:
        kms_client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=DELETION_DAYS)
    except ClientError as error:
        _log.warning("a key without use is left to the operator", extra={"key_id": key_id, "why": str(error)})


def signature_numbers(kms_client: Any, key_id: str, digest: bytes) -> tuple[int, int]:
    """r and s of the ECDSA signature that a key makes of a digest of 32 bytes. Raises `SignatureUnreadable`."""
    from Crypto.Util.asn1 import DerSequence  # loads with the first signature

    answer = kms_client.sign(KeyId=key_id, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")
    try:  # SEQUENCE {r INTEGER, s INTEGER} (RFC 3279)
        numbers: Any = DerSequence().decode(answer["Signature"], strict=True, nr_elements=2, only_ints_expected=True)
    except (ValueError, IndexError) as error:
        raise SignatureUnreadable(f"the key {key_id} gave no DER signature") from error
    return int(numbers[0]), int(numbers[1])
