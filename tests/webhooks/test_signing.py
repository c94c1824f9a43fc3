"""Signatures and the life of secrets, judged by the public Standard Webhooks library."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.webhooks.signing import (
    first_secret,
    live_secrets,
    new_secret,
    rotated,
    sign,
    signature_header,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = 24 * 3600


def _headers(*secrets: str, body: bytes) -> dict[str, str]:
    stamp = int(datetime.now(UTC).timestamp())
    signature = signature_header(secrets, message_id="evt_1", timestamp=stamp, body=body)
    return {"webhook-id": "evt_1", "webhook-timestamp": str(stamp), "webhook-signature": signature}


def test_signature_is_that_of_the_specifications_example() -> None:
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secret_is_32_bytes_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in secrets} == {32}


@given(st.text(st.characters(codec="utf-8")))
def test_library_verifies_any_body(text: str) -> None:
    secret, body = new_secret(), text.encode()
    Webhook(secret).verify(body, _headers(secret, body=body), json_parse=False)


def test_library_verifies_with_each_of_several_secrets() -> None:
    secrets = [new_secret() for _ in range(3)]
    headers = _headers(*secrets, body=b"{}")
    assert headers["webhook-signature"].count(" ") == 2
    for secret in secrets:
        Webhook(secret).verify(b"{}", headers)


def test_library_refuses_another_body_id_or_secret() -> None:
    secret = new_secret()
    headers = _headers(secret, body=b"{}")
    for wrong_secret, body, wrong_headers in [
        (secret, b"{} ", headers),
        (secret, b"{}", {**headers, "webhook-id": "evt_2"}),
        (new_secret(), b"{}", headers),
    ]:
        with pytest.raises(WebhookVerificationError):
            Webhook(wrong_secret).verify(body, wrong_headers)


def test_rotation_keeps_the_old_secret_as_long_as_asked() -> None:
    stored = rotated(first_secret("old"), "new", at=NOW, keep_seconds=DAY)
    assert live_secrets(stored, at=NOW) == ["new", "old"]
    assert live_secrets(stored, at=NOW + timedelta(seconds=DAY - 1)) == ["new", "old"]
    assert live_secrets(stored, at=NOW + timedelta(seconds=DAY)) == ["new"]
    assert live_secrets(stored, at=NOW + timedelta(days=3000)) == ["new"]


def test_rotation_can_end_the_old_secret_at_once() -> None:
    assert rotated(first_secret("old"), "new", at=NOW, keep_seconds=0) == first_secret("new")


def test_at_most_three_secrets_are_live() -> None:
    stored = first_secret("1")
    for number in "2345":
        stored = rotated(stored, number, at=NOW, keep_seconds=DAY)
    assert live_secrets(stored, at=NOW) == ["5", "4", "3"]


def test_rotation_never_lengthens_an_older_secrets_life() -> None:
    stored = rotated(first_secret("1"), "2", at=NOW, keep_seconds=60)
    stored = rotated(stored, "3", at=NOW, keep_seconds=7 * DAY)
    assert live_secrets(stored, at=NOW + timedelta(seconds=61)) == ["3", "2"]


def test_secrets_that_ended_are_not_stored_on() -> None:
    stored = rotated(first_secret("1"), "2", at=NOW, keep_seconds=60)
    later = NOW + timedelta(hours=1)
    assert [entry["secret"] for entry in rotated(stored, "3", at=later, keep_seconds=DAY)] == ["3", "2"]
