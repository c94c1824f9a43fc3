"""Signing EIP-1559 transactions with a key that AWS KMS keeps, or with one held in memory.

Imported by the chain worker alone; the elliptic-curve and RLP libraries load with the first signature.
"""

from functools import cached_property
from typing import Any, Final, NamedTuple, Protocol

from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.core.kms import SignatureUnreadable, signature_numbers, signing_key

_TRANSACTION_TYPE: Final = b"\x02"
# The order of secp256k1. Ethereum takes only the lower of the two `s` that verify (EIP-2).
_CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# The DER head of a SubjectPublicKeyInfo: ecPublicKey on secp256k1, then a bit string with an uncompressed
# point (RFC 5480).
_SECP256K1_SPKI_HEAD: Final = bytes.fromhex("3056301006072a8648ce3d020106052b8104000a03420004")


class SigningFailed(Exception):
    """The key is not on secp256k1, or what came back is no signature of it."""


class Eip1559Transaction(NamedTuple):
    """A transaction to sign; fees in wei a gas, `to` None to deploy `data` as a contract."""

    chain_id: int
    nonce: int
    max_priority_fee_per_gas: int
    max_fee_per_gas: int
    gas: int
    to: str | None
    data: bytes
    value: int = 0


class SignedTransaction(NamedTuple):
    """What a node takes (`raw`) and the name it will have on the chain (`hash`), both hex with 0x."""

    raw: str
    hash: str


class Signer(Protocol):
    """Whoever can sign for one address."""

    @property
    def address(self) -> str:
        """In EIP-55 form."""
        ...

    def sign(self, transaction: Eip1559Transaction) -> SignedTransaction:
        """The transaction, signed; nothing is sent."""
        ...


class KmsSigner:
    """Signs with an ECC_SECG_P256K1 key of AWS KMS; `key_id` is its id, ARN or alias."""

    def __init__(self, kms_client: Any, key_id: str) -> None:
        self._kms = kms_client
        self._key_id = key_id

    @property
    def address(self) -> str:
        return address_from_bytes(keccak256(self._public_key)[-20:])

    def sign(self, transaction: Eip1559Transaction) -> SignedTransaction:
        digest = _signing_digest(transaction)
        try:
            r, s = signature_numbers(self._kms, self._key_id, digest)
        except SignatureUnreadable as error:
            raise SigningFailed(str(error)) from error
        s = min(s, _CURVE_ORDER - s)
        return _assemble(transaction, r=r, s=s, parity=self._parity(digest, r=r, s=s))

    @cached_property
    def _public_key(self) -> bytes:
        """The 64 bytes x, y of the key's point."""
        encoded: bytes = self._kms.get_public_key(KeyId=self._key_id)["PublicKey"]
        if not encoded.startswith(_SECP256K1_SPKI_HEAD) or len(encoded) != len(_SECP256K1_SPKI_HEAD) + 64:
            raise SigningFailed(f"the key {self._key_id} is not on secp256k1")
        return encoded[len(_SECP256K1_SPKI_HEAD) :]

    def _parity(self, digest: bytes, *, r: int, s: int) -> int:
        """Which of the two points with this `r` leads back to our key; KMS does not say."""
        from eth_keys.datatypes import Signature
        from eth_keys.exceptions import BadSignature

        for parity in (0, 1):
            try:
                recovered = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
            except BadSignature:
                continue
            if recovered.to_bytes() == self._public_key:
                return parity
        raise SigningFailed(f"the key {self._key_id} gave a signature that is not its own")


class KeySigner:
    """Signs with a private key (32 bytes as hex, 0x or not), the same bytes each time (RFC 6979)."""

    def __init__(self, private_key: str) -> None:
        from eth_keys.datatypes import PrivateKey

        try:
            self._key = PrivateKey(bytes.fromhex(private_key.removeprefix("0x")))
        except Exception:
            # The key library's words could quote the key.
            raise SigningFailed("the private key is not 32 bytes in hex") from None

    @property
    def address(self) -> str:
        return address_from_bytes(self._key.public_key.to_canonical_address())

    def sign(self, transaction: Eip1559Transaction) -> SignedTransaction:
        signature = self._key.sign_msg_hash(_signing_digest(transaction))
        return _assemble(transaction, r=signature.r, s=signature.s, parity=signature.v)


def create_kms_key(kms_client: Any, alias: str) -> str:
    """The id of the signing key called `alias` (begins with `alias/`), made where there is none."""
    made = signing_key(kms_client, alias, spec="ECC_SECG_P256K1", description="Signs chain transactions")
    return str(made["KeyId"])


def read_transaction(raw: str) -> Eip1559Transaction:
    """What a signed transaction asks for, so that it can be asked again at other fees."""
    from rlp import decode

    encoded = bytes.fromhex(raw.removeprefix("0x"))
    if encoded[:1] != _TRANSACTION_TYPE:
        raise ValueError("not a transaction of EIP-1559")
    chain_id, nonce, tip, max_fee, gas, to, value, data, *_ = decode(encoded[1:])
    return Eip1559Transaction(
        chain_id=int.from_bytes(chain_id),
        nonce=int.from_bytes(nonce),
        max_priority_fee_per_gas=int.from_bytes(tip),
        max_fee_per_gas=int.from_bytes(max_fee),
        gas=int.from_bytes(gas),
        to=address_from_bytes(bytes(to)) if to else None,
        data=bytes(data),
        value=int.from_bytes(value),
    )


def _payload(transaction: Eip1559Transaction, signature: tuple[int, ...] = ()) -> bytes:
    """EIP-1559's encoding: to be hashed for signing; with the signature (parity, r, s) to be sent."""
    from rlp import encode

    fields = [
        transaction.chain_id,
        transaction.nonce,
        transaction.max_priority_fee_per_gas,
        transaction.max_fee_per_gas,
        transaction.gas,
        bytes.fromhex(transaction.to[2:]) if transaction.to else b"",
        transaction.value,
        transaction.data,
        [],
        *signature,
    ]
    return _TRANSACTION_TYPE + bytes(encode(fields))


def _signing_digest(transaction: Eip1559Transaction) -> bytes:
    return keccak256(_payload(transaction))


def _assemble(transaction: Eip1559Transaction, *, r: int, s: int, parity: int) -> SignedTransaction:
    raw = _payload(transaction, (parity, r, s))
    return SignedTransaction(raw="0x" + raw.hex(), hash="0x" + keccak256(raw).hex())
