"""The developers' webhook receiver: what it answers and what it prints."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest
from standardwebhooks.webhooks import Webhook

from local.receiver import Receiver

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@contextmanager
def _receiving(receiver: Receiver) -> Iterator[int]:
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver.server_port
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()


def _send(port: int, body: str, *, signed_body: str | None = None) -> int:
    at = datetime.now(UTC)
    signature = Webhook(_SECRET).sign("evt_1", at, body if signed_body is None else signed_body)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "X-API-key": "partner",
    }
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.request("POST", "/hook", body=body.encode(), headers=headers)
        return connection.getresponse().status


def test_a_webhook_is_printed_with_its_key_and_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    with _receiving(Receiver(0, secret=_SECRET)) as port:
        assert _send(port, '{"name":"Zoë"}') == 200
    shown = capsys.readouterr().out
    assert "signature right" in shown
    assert "x-api-key: partner" in shown
    assert '"name": "Zoë"' in shown


def test_a_wrong_signature_is_answered_401(capsys: pytest.CaptureFixture[str]) -> None:
    with _receiving(Receiver(0, secret=_SECRET)) as port:
        assert _send(port, "{}", signed_body='{"other":1}') == 401
    assert "signature WRONG" in capsys.readouterr().out


def test_without_a_secret_nothing_is_checked_and_the_status_is_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with _receiving(Receiver(0, status=500)) as port:
        assert _send(port, "not JSON", signed_body="") == 500
    assert "not checked" in capsys.readouterr().out


def test_a_body_that_is_not_json_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with _receiving(Receiver(0, secret=_SECRET)) as port:
        assert _send(port, "plain words") == 200
    assert "plain words" in capsys.readouterr().out
