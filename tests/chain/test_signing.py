"""Signatures that an independent library reads back, from memory and from KMS."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from eth_account import Account
from moto import mock_aws

from chalicelib.chain.signing import (
    Eip1559Transaction,
    KeySigner,
    KmsSigner,
    SigningFailed,
    create_kms_key,
)
from local.engine.moto_kms import sign_digests

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEY = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"


def transaction(nonce: int = 0, to: str | None = "0xF0109fC8DF283027b6285cc889F5aA624EaC1F55") -> Eip1559Transaction:
    return Eip1559Transaction(
        chain_id=137,
        nonce=nonce,
        max_priority_fee_per_gas=30 * 10**9,
        max_fee_per_gas=200 * 10**9,
        gas=300_000,
        to=to,
        data=b"\x01\x02\x03",
        value=7,
    )


@pytest.fixture
def kms() -> Iterator[Any]:
    sign_digests()
    with mock_aws():
        yield boto3.client("kms", region_name="eu-central-1", aws_access_key_id="test", aws_secret_access_key="test")


def test_a_key_signs_exactly_as_eth_account_does() -> None:
    expected = Account.from_key(KEY).sign_transaction(
        {
            "type": 2,
            "chainId": 137,
            "nonce": 0,
            "maxPriorityFeePerGas": 30 * 10**9,
            "maxFeePerGas": 200 * 10**9,
            "gas": 300_000,
            "to": "0xF0109fC8DF283027b6285cc889F5aA624EaC1F55",
            "data": "0x010203",
            "value": 7,
        }
    )

    signed = KeySigner(KEY).sign(transaction())

    assert signed.raw == "0x" + bytes(expected.raw_transaction).hex()
    assert signed.hash == "0x" + bytes(expected.hash).hex()


def test_a_key_knows_its_address() -> None:
    assert KeySigner(KEY).address == "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"


def test_a_deployment_has_no_receiver() -> None:
    signed = KeySigner(KEY).sign(transaction(to=None))

    assert Account.recover_transaction(signed.raw) == KeySigner(KEY).address


def test_kms_signatures_lead_back_to_the_address_of_the_key(kms: Any) -> None:
    signer = KmsSigner(kms, create_kms_key(kms, "alias/chain"))

    recovered = {Account.recover_transaction(signer.sign(transaction(nonce)).raw) for nonce in range(12)}

    assert recovered == {signer.address}


def test_kms_signatures_have_the_lower_s(kms: Any) -> None:
    from rlp import decode

    signer = KmsSigner(kms, create_kms_key(kms, "alias/chain"))

    raws = [signer.sign(transaction(nonce)).raw for nonce in range(12)]

    signatures = [int.from_bytes(decode(bytes.fromhex(raw[4:]))[-1]) for raw in raws]
    assert max(signatures) <= CURVE_ORDER // 2


def test_the_public_key_is_fetched_once(kms: Any) -> None:
    key_id = create_kms_key(kms, "alias/chain")
    fetched: list[str] = []
    kms.meta.events.register("before-call.kms.GetPublicKey", lambda **_: fetched.append("GetPublicKey"))
    signer = KmsSigner(kms, key_id)

    for nonce in range(3):
        signer.sign(transaction(nonce))

    assert signer.address.startswith("0x")
    assert fetched == ["GetPublicKey"]


def test_a_key_on_another_curve_is_refused(kms: Any) -> None:
    key_id = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]

    with pytest.raises(SigningFailed, match="secp256k1"):
        _ = KmsSigner(kms, key_id).address


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x30", b"\x30\x01\x02", b"\x31\x00", b"\x30\x03\x02\x01\x05", b"\x80" * 71],
    ids=["empty", "head", "short", "set", "one number", "noise"],
)
def test_an_answer_that_is_no_der_signature_is_refused(kms: Any, answer: bytes) -> None:
    key_id = create_kms_key(kms, "alias/chain")

    def spoil(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Signature"] = answer

    kms.meta.events.register("after-call.kms.Sign", spoil)

    with pytest.raises(SigningFailed):
        KmsSigner(kms, key_id).sign(transaction())


def test_a_signature_of_another_key_is_refused(kms: Any) -> None:
    key_id, other = create_kms_key(kms, "alias/chain"), create_kms_key(kms, "alias/other")

    def swap(params: dict[str, Any], **_: Any) -> None:
        params["body"] = params["body"].replace(key_id.encode(), other.encode())

    kms.meta.events.register("before-call.kms.Sign", swap)

    with pytest.raises(SigningFailed, match="not its own"):
        KmsSigner(kms, key_id).sign(transaction())


def _key_ids(kms: Any) -> set[str]:
    return {key["KeyId"] for page in kms.get_paginator("list_keys").paginate() for key in page["Keys"]}


def test_the_key_of_an_alias_is_made_once(kms: Any) -> None:
    before = _key_ids(kms)
    first, again = create_kms_key(kms, "alias/once"), create_kms_key(kms, "alias/once")

    assert first == again
    assert _key_ids(kms) - before == {first}
    assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeySpec"] == "ECC_SECG_P256K1"


def test_of_two_makers_the_one_that_named_its_key_first_wins(kms: Any) -> None:
    before = _key_ids(kms)
    winner: list[str] = []

    def overtake(**_: Any) -> None:
        if not winner:
            winner.append("being made")
            winner[0] = create_kms_key(kms, "alias/contested")

    kms.meta.events.register("before-call.kms.CreateAlias", overtake)

    assert create_kms_key(kms, "alias/contested") == winner[0]
    made = _key_ids(kms) - before
    states = sorted(kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] for key_id in made)
    assert states == ["Enabled", "PendingDeletion"]


def test_an_alias_signs_as_its_key_does(kms: Any) -> None:
    key_id = create_kms_key(kms, "alias/chain")

    assert KmsSigner(kms, "alias/chain").address == KmsSigner(kms, key_id).address
