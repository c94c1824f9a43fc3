"""Plain e-mail by SES, from the platform's one sender.

MailNotSent        SES did not take the message
└── NotMailable    it never will: nothing can be sent to this address
"""

import re

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.emails import InvalidEmail, canonical_email, why_not_mailable
from chalicelib.core.logging import logger
from chalicelib.core.outside import outside_text
from chalicelib.core.settings import settings

_log = logger("mail")
_ADDRESS = re.compile(r"[^\s<>\"',;:]{1,320}@[^\s<>\"',;:]{1,255}")


class MailNotSent(Exception):
    """SES did not take the message."""


class NotMailable(MailNotSent):
    """Nothing can be sent to this address; the message says why, as the end of a sentence about it."""


def check_mailable(canonical: str) -> None:
    """Raises `NotMailable` for a valid address that SES cannot send to."""
    reason = why_not_mailable(canonical)
    if reason is not None:
        raise NotMailable(reason)


def send_mail(to: str, *, subject: str, body: str) -> None:
    """Sends a text message to the canonical form of an address. Raises `MailNotSent`, whose cause is logged here.

    The log tells why, and of the address no more than its domain.
    """
    try:
        address = _deliverable(to)
        _send(address, subject=subject, body=body)
    except MailNotSent as error:
        domain = to.rpartition("@")[2][:255] if "@" in to else None
        extra = {"why": str(error), "to_domain": domain, "kind": type(error).__name__}
        _log.error("mail not sent", extra=extra)
        raise


def _deliverable(to: str) -> str:
    try:
        address = canonical_email(to)
    except InvalidEmail as error:
        raise NotMailable(str(error)) from error
    check_mailable(address)
    return address


def _send(address: str, *, subject: str, body: str) -> None:
    message = {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
    }
    if settings().is_local:
        # No letter leaves a developer's machine, so its words are told where the developer looks.
        _log.info("mail", extra={"to": address, "subject": subject, "body": body})
    try:
        aws.client("ses").send_email(
            Source=settings().mail_sender, Destination={"ToAddresses": [address]}, Message=message
        )
    except (BotoCoreError, ClientError) as error:
        raise MailNotSent(_without_addresses(error)) from error


def _without_addresses(error: Exception) -> str:
    """What SES says, without the addresses that it names."""
    return _ADDRESS.sub("…", outside_text(error))
