"""Plain e-mail by SES, from the platform's one sender."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.logging import logger
from chalicelib.core.settings import settings

_log = logger("mail")


class MailNotSent(Exception):
    """SES did not take the message."""


def send_mail(to: str, *, subject: str, body: str) -> None:
    """Sends a text message. Raises `MailNotSent`."""
    message = {
        "Subject": {"Data": subject, "Charset": "UTF-8"},
        "Body": {"Text": {"Data": body, "Charset": "UTF-8"}},
    }
    if settings().is_local:
        # No letter leaves a developer's machine, so its words are told where the developer looks.
        _log.info("mail", extra={"to": to, "subject": subject, "body": body})
    try:
        aws.client("ses").send_email(Source=settings().mail_sender, Destination={"ToAddresses": [to]}, Message=message)
    except (BotoCoreError, ClientError) as error:
        raise MailNotSent(str(error)) from error
