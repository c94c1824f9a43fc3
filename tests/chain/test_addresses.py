"""EIP-55 as the API takes and answers it."""

import subprocess
import sys

import pytest

from chalicelib.chain.addresses import InvalidAddress, address_from_bytes, checksum_address, keccak256

# The test cases of EIP-55 itself.
PUBLISHED = (
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


@pytest.mark.parametrize("address", PUBLISHED)
def test_a_checksummed_address_is_answered_as_it_is(address: str) -> None:
    assert checksum_address(address) == address


@pytest.mark.parametrize("address", PUBLISHED)
def test_lower_and_upper_digits_are_answered_checksummed(address: str) -> None:
    assert checksum_address(address.lower()) == address
    assert checksum_address("0x" + address[2:].upper()) == address


def test_mixed_case_digits_that_fail_the_checksum_are_refused() -> None:
    with pytest.raises(InvalidAddress, match="checksum"):
        checksum_address("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed0",
        " 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed\n",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaeg",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\uff11",
    ],
)
def test_text_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        checksum_address(text)


def test_bytes_of_another_length_are_no_address() -> None:
    with pytest.raises(InvalidAddress, match="20 bytes"):
        address_from_bytes(bytes(19))


def test_the_hash_is_keccak_and_not_sha3() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


def test_importing_the_module_loads_no_hash_library() -> None:
    program = (
        "import sys, chalicelib.chain.addresses;"
        "sys.exit(any(name.startswith(('Crypto', 'eth')) for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
