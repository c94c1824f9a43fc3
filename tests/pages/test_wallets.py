"""Claiming with a wallet: the message that we write, and every way in which its signature may prove nothing."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.chain.service.wallets import check_key_signature
from chalicelib.core.clock import travelled
from chalicelib.pages.domain import MessageInvalid, SignInMessage, parse_message
from tests.faults.wire import Lifeline
from tests.letters import Letters
from tests.pages.test_claim import Claimant, token_of
from tests.platform import Partner, Platform

_MOMENT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def claimant(platform: Platform, letters: Letters, club: Partner) -> Claimant:
    """A holder whom the refusals leave as they found them."""
    return Claimant(platform, letters, club)


def _signature(account: Any, text: str) -> str:
    signed = account.sign_message(encode_defunct(text=text))
    return "0x" + bytes(signed.signature).hex()


def message_of(claimant: Claimant, address: str) -> SignInMessage:
    """The message that the claim's page gives a wallet to sign."""
    surfer = claimant.surfer
    surfer.get(claimant.path)
    answer = surfer.post(f"{claimant.path}/message", {"csrf": token_of(surfer), "address": address})
    assert answer.status == 200, surfer.words
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return parse_message(str(answer.json))


def send_proof(claimant: Claimant, text: str, signature: str) -> str:
    """What the page says once the signature is sent."""
    claimant.surfer.get(claimant.path)
    fields = {"csrf": token_of(claimant.surfer), "message": text.replace("\n", "\r\n"), "signature": signature}
    claimant.surfer.post(f"{claimant.path}/signed", fields)
    return claimant.surfer.words


def test_signed_message_claims_for_the_signer_once(platform: Platform, letters: Letters, club: Partner) -> None:
    claimant, account = Claimant(platform, letters, club), Account.create()
    message = message_of(claimant, account.address.lower())
    assert (message.address, message.domain) == (account.address, "spacegarden.test")
    assert message.uri == f"http://spacegarden.test{claimant.path}"
    signature = _signature(account, message.text)
    assert "On its way" in send_proof(claimant, message.text, signature)
    assert claimant.row().user_addr == account.address
    assert "used already" in send_proof(claimant, message.text, signature)


def test_a_signed_message_counts_until_its_claim_is_stored(platform: Platform, letters: Letters, club: Partner) -> None:
    claimant, account = Claimant(platform, letters, club), Account.create()
    message = message_of(claimant, account.address)
    fields = {"message": message.text, "signature": _signature(account, message.text)}
    claimant.surfer.get(claimant.path)
    fields["csrf"] = token_of(claimant.surfer)
    deaths = 0
    for fatal in count(1):
        process = Lifeline(fatal)
        with process.held():
            claimant.surfer.post(f"{claimant.path}/signed", fields)
        if claimant.row().status != "reserved" or not process.killed:
            break
        deaths += 1
    assert deaths > 1
    assert claimant.row().user_addr == account.address


@pytest.mark.parametrize("form", ["without 0x", "compact", "compact without 0x"])
def test_a_signature_in_another_form_claims_too(platform: Platform, letters: Letters, club: Partner, form: str) -> None:
    claimant, account = Claimant(platform, letters, club), Account.create()
    message = message_of(claimant, account.address)
    signature = _signature(account, message.text)
    if form.startswith("compact"):
        signature = _compact(signature)
    assert "On its way" in send_proof(
        claimant, message.text, signature.removeprefix("0x") if "without" in form else signature
    )
    assert claimant.row().user_addr == account.address


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40))
@settings(max_examples=25, deadline=None)
def test_both_forms_of_a_signature_name_the_same_key(secret: bytes, text: str) -> None:
    account = Account.from_key(sha256(secret).digest())
    signature = _signature(account, text)
    for form in (signature, _compact(signature)):
        check_key_signature(account.address, text, form)


def _compact(signature: str) -> str:
    """The same in 64 bytes (EIP-2098)."""
    raw = bytes.fromhex(signature[2:])
    parity = raw[64] - 27
    return "0x" + (raw[:32] + (int.from_bytes(raw[32:64]) | parity << 255).to_bytes(32)).hex()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "another domain": ({"domain": "evil.example"}, "another page"),
    "another address of ours": ({"uri": "http://spacegarden.test/claim"}, "another page"),
    "another statement": ({"statement": "I give everything away."}, "another page"),
    "another chain": ({"chain_id": 1}, "another chain"),
    "a nonce of its own": ({"nonce": "a" * 24}, "used already"),
    "another time": (
        {"issued_at": _MOMENT - timedelta(days=1000), "expires_at": _MOMENT - timedelta(days=999)},
        "expired",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_message_that_we_did_not_write_proves_nothing(claimant: Claimant, what: str) -> None:
    changes, words = REFUSED[what]
    account = Account.create()
    forged = message_of(claimant, account.address)._replace(**changes).text
    assert words in send_proof(claimant, forged, _signature(account, forged))
    assert claimant.surfer.page.status == 400
    assert claimant.row().status == "reserved"


def test_another_key_or_a_broken_signature_proves_nothing(claimant: Claimant) -> None:
    account, other = Account.create(), Account.create()
    message = message_of(claimant, account.address)
    good = _signature(account, message.text)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    flipped = f"0x{good[2:66]}{order - int(good[66:130], 16):064x}{'1b' if good.endswith('1c') else '1c'}"
    for bad, words in {
        _signature(other, message.text): "another account",
        flipped: "canonical",
        good[:-1]: "hexadecimal",
        good[:-2] + "05": "canonical",
        "0x" + "0" * 130: "cannot be used",
        "0x" + "f" * 64 + good[66:]: "cannot be used",
        "": "hexadecimal",
    }.items():
        assert words in send_proof(claimant, message.text, bad), bad
    assert claimant.row().status == "reserved"


def test_message_is_good_for_ten_minutes_and_in_its_session_alone(
    platform: Platform, letters: Letters, club: Partner, claimant: Claimant
) -> None:
    account = Account.create()
    message = message_of(claimant, account.address)
    signature = _signature(account, message.text)
    with travelled(timedelta(minutes=10)):
        assert "expired" in send_proof(claimant, message.text, signature)
    again = Claimant(platform, letters, club)
    assert "another page" in send_proof(again, message.text, signature)


_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=60)


@settings(max_examples=60)
@given(statement=_TEXT, chain_id=st.integers(0, 2**60), seconds=st.integers(0, 10**9))
def test_written_message_is_read_back(statement: str, chain_id: int, seconds: int) -> None:
    message = SignInMessage(
        domain="garden.example:8000",
        address="0x" + "aB" * 20,
        statement=statement,
        uri="https://garden.example/claim",
        chain_id=chain_id,
        nonce="abcdef123456",
        issued_at=_MOMENT,
        expires_at=_MOMENT + timedelta(seconds=seconds),
    )
    assert parse_message(message.text) == message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Version: 1", "Version: 2"),
        ("Version: 1\n", ""),
        ("Nonce: ", "Nonce:  "),
        ("Chain ID: 1", "Chain ID: 01"),
        ("Issued At: 2026-11-22T08:00:00Z", "Issued At: 2026-13-22T08:00:00Z"),
        ("Issued At: 2026-11-22T08:00:00Z", "Issued At: 2026-11-22T08:00:00+01:00"),
        ("Expiration Time: ", "Not Before: 2026-11-22T08:00:00Z\nExpiration Time: "),
        ("garden.example wants", "evil.example\ngarden.example wants"),
        ("garden.example wants", "https://garden.example wants"),
        ("Z$", "Z\n"),
    ],
    ids=["version", "no version", "blank", "zero", "month", "offset", "more", "before", "scheme", "line break"],
)
def test_message_of_another_form_is_none(before: str, after: str) -> None:
    text = SignInMessage(
        domain="garden.example",
        address="0x" + "ab" * 20,
        statement="Claim.",
        uri="https://garden.example/claim",
        chain_id=1,
        nonce="abcdef123456",
        issued_at=_MOMENT,
        expires_at=_MOMENT,
    ).text
    changed = text + "\n" if before == "Z$" else text.replace(before, after, 1)
    assert changed != text
    with pytest.raises(MessageInvalid):
        parse_message(changed)
