"""Letters: to which address they go, and what is told of those that are not sent."""

import logging

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws, mail
from tests.letters import Letters


class RefusingSes:
    """SES that refuses every letter, with the words that it has for an address in its sandbox."""

    def send_email(self, **_: object) -> None:
        """Raises SES's refusal."""
        message = "Email address is not verified. These identities failed: ada@bücher.example, <Bob@example.com>."
        raise ClientError({"Error": {"Code": "MessageRejected", "Message": message * 50}}, "SendEmail")


def test_letter_goes_to_the_canonical_address(letters: Letters) -> None:
    mail.send_mail("Ada@Bücher.example", subject="Hello", body="A letter")
    assert letters.sent[-1].to == "ada@xn--bcher-kva.example"


def test_refusal_is_logged_as_an_error_without_any_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(aws, "client", lambda _: RefusingSes())
    with pytest.raises(mail.MailNotSent):
        mail.send_mail("ada@bücher.example", subject="Hello", body="A letter")
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = str(record.__dict__["why"])
    assert "MessageRejected" in told
    assert "@" not in told
    assert len(told) <= 1000


@pytest.mark.parametrize("address", ["adä@example.com", f"{'a' * 65}@example.com", "nobody"])
def test_address_that_nothing_can_be_sent_to_is_not_tried(
    letters: Letters, caplog: pytest.LogCaptureFixture, address: str
) -> None:
    sent = len(letters.sent)
    with pytest.raises(mail.NotMailable):
        mail.send_mail(address, subject="Hello", body="A letter")
    assert len(letters.sent) == sent
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert address not in str(record.__dict__)
