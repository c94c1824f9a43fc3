"""ES256 by pycryptodome says what cryptography says, of good signatures and of bad ones."""

from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from jwt.exceptions import InvalidAlgorithmError, InvalidKeyError

from chalicelib.oauth.service.es256 import Es256, signatures
from chalicelib.oauth.service.keys import LiveKey

_PRIVATE = generate_private_key(SECP256R1())
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ALGORITHM = Es256()


def _key(x: int, y: int) -> LiveKey:
    return LiveKey("alias/test", "test", datetime(2026, 1, 1, tzinfo=UTC), x.to_bytes(32), y.to_bytes(32))


_NUMBERS = _PRIVATE.public_key().public_numbers()
_KEY = _key(_NUMBERS.x, _NUMBERS.y)


def _signed(message: bytes) -> tuple[int, int]:
    return decode_dss_signature(_PRIVATE.sign(message, ECDSA(hashes.SHA256())))


def _raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


def _oracle(message: bytes, r: int, s: int) -> bool:
    try:
        _PRIVATE.public_key().verify(encode_dss_signature(r, s), message, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


@examples(max_examples=25)
@given(message=st.binary(max_size=200))
def test_a_good_signature_counts_for_its_message_alone(message: bytes) -> None:
    r, s = _signed(message)
    assert _ALGORITHM.verify(message, _KEY, _raw(r, s))
    assert _ALGORITHM.verify(message, _KEY, _raw(r, _ORDER - s)), "ECDSA itself knows two"
    assert not _ALGORITHM.verify(message + b"!", _KEY, _raw(r, s))


_number = st.one_of(
    st.integers(min_value=0, max_value=2**256 - 1),
    st.sampled_from([0, 1, 2, _ORDER - 1, _ORDER, _ORDER + 1, 2**256 - 1]),
)


@examples(max_examples=60)
@given(r=_number, s=_number, true_r=st.booleans(), flipped=st.integers(min_value=0, max_value=255))
def test_of_any_two_numbers_it_says_what_cryptography_says(r: int, s: int, true_r: bool, flipped: int) -> None:
    message = b"header.payload"
    good = _signed(message)
    for numbers in ((good[0] if true_r else r, s), (r, good[1]), (good[0] ^ 1 << flipped, good[1])):
        assert _ALGORITHM.verify(message, _KEY, _raw(*numbers)) is _oracle(message, *numbers)


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    padded = _raw(*_signed(b"m")) + bytes(64)
    assert not _ALGORITHM.verify(b"m", _KEY, padded[:length])


def test_the_der_form_is_refused() -> None:
    assert not _ALGORITHM.verify(b"m", _KEY, _PRIVATE.sign(b"m", ECDSA(hashes.SHA256())))


def test_a_point_off_the_curve_is_no_key() -> None:
    numbers = generate_private_key(SECP384R1()).public_key().public_numbers()
    for x, y in ((numbers.x >> 128, numbers.y >> 128), (0, 0), (_NUMBERS.x, _NUMBERS.y ^ 1)):
        assert not _ALGORITHM.verify(b"m", _key(x, y), _raw(*_signed(b"m")))


def test_no_other_algorithm_and_no_other_key_is_known() -> None:
    assert signatures().get_algorithms() == ["ES256"]
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30."
    with pytest.raises(InvalidAlgorithmError):
        signatures().decode(unsigned, "", algorithms=["none", "ES256"])
    with pytest.raises(InvalidKeyError):
        signatures().encode(b"{}", "a secret", algorithm="ES256")
