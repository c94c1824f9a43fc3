"""The three letters to a partner whose endpoint fails: at first trouble, half-way to disabling, and at the end.

Each is claimed on the endpoint's row, with the change it tells of, before it is sent: several workers send one, and a
crash between the two loses that letter, never a delivery.
"""

from chalicelib.core.logging import logger
from chalicelib.core.mail import send_mail
from chalicelib.partners.errors import PartnerUnknown
from chalicelib.partners.service import get_partner
from chalicelib.webhooks.models import EndpointRow

FIRST, HALF_WAY, LAST = 1, 2, 3
_log = logger("webhooks.notices")
_SUBJECTS = {
    FIRST: "Your webhook endpoint is failing",
    HALF_WAY: "Your webhook endpoint has been failing for days",
    LAST: "Your webhook endpoint has been disabled",
}
_BODIES = {
    FIRST: "It has not accepted our last calls. We go on trying, and call it less often until it answers again.",
    HALF_WAY: "It has not accepted a call for two and a half days. After five days without a success we disable it.",
    LAST: (
        "We no longer call it. Events go on being recorded: enable the endpoint again, then recover what it missed "
        "with POST /webhooks/endpoints/{id}/recover."
    ),
}


def tell(row: EndpointRow, number: int) -> None:
    """Sends a letter to the partner's contact address, if there is one. Never raises: no delivery depends on it."""
    try:
        _send(row, number)
    except Exception:
        _log.exception("notice not sent", extra={"endpoint": row.id, "notice": number})


def _send(row: EndpointRow, number: int) -> None:
    try:
        contact = get_partner(row.origin).contact_email
    except PartnerUnknown:
        contact = None
    if contact is None:
        _log.warning("nobody to tell", extra={"endpoint": row.id, "notice": number})
        return
    body = f"Endpoint {row.id} at {row.url}\n\n{_BODIES[number].replace('{id}', row.id)}\n"
    send_mail(contact, subject=f"{_SUBJECTS[number]} ({row.url})"[:200], body=body)
