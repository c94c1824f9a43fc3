"""Whether SES would send the stage's mail. It is checked before a deployment, since nothing else shows it."""

from typing import Any

from botocore.exceptions import ClientError


def mail_warnings(session: Any, sender: str) -> list[str]:
    """What must still be done before mail from this sender reaches everybody; empty if nothing."""
    ses = session.create_client("sesv2")
    region = ses.meta.region_name
    try:
        is_verified = any(_is_verified(ses, each) for each in (sender, sender.rpartition("@")[2]))
        is_open = ses.get_account().get("ProductionAccessEnabled", False)
    except ClientError as error:
        return [f"whether SES sends letters from {sender} could not be asked: {error}"]
    found = []
    if not is_verified:
        found.append(
            f"SES in {region} has not verified the sender {sender}, so that no letter is sent: "
            f"aws sesv2 create-email-identity --email-identity {sender}"
        )
    if not is_open:
        found.append(
            f"SES in {region} is in its sandbox, where letters reach verified addresses alone: "
            "ask for production access (SES, Account dashboard)"
        )
    return found


def _is_verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"])
    except ses.exceptions.NotFoundException:
        return False
