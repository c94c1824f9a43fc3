"""The three letters to a partner whose endpoint fails: at first trouble, half-way to disabling, and at the end.

Each is stored in the transaction of the change that it tells of, so that one of several workers has it to send, and is
taken away once it is sent. Where that worker dies, or SES does not take it, a sweep finds the letter. It may then come
twice.
"""

from datetime import timedelta

from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.mail import NotMailable, send_mail
from chalicelib.core.transactions import Transaction
from chalicelib.partners.errors import PartnerUnknown
from chalicelib.partners.service import get_partner
from chalicelib.webhooks import breaker
from chalicelib.webhooks.models.endpoints import EndpointRow, LetterRow
from chalicelib.webhooks.queues import sweep_grace
from chalicelib.webhooks.repository import letters as repository

FIRST, HALF_WAY, LAST = 1, 2, 3
_log = logger("webhooks.notices")
_LATEST = timedelta(days=1)  # what it tells may not be so any more
_SUBJECTS = {
    FIRST: "Your webhook endpoint is failing",
    HALF_WAY: "Your webhook endpoint has been failing for days",
    LAST: "Your webhook endpoint has been disabled",
}
_BODIES = {
    FIRST: "It has not accepted our last calls. We go on trying, and call it less often until it answers again.",
    HALF_WAY: (
        f"It has not accepted a call for {breaker.HALF_WAY}. "
        f"After {breaker.DISABLED_AFTER} without a success we disable it."
    ),
    LAST: (
        "We no longer call it. Events go on being recorded: enable the endpoint again, then recover what it missed "
        "with POST /webhooks/endpoints/{id}/recover."
    ),
}


def add(transaction: Transaction, endpoint: EndpointRow, number: int) -> LetterRow:
    """Adds a letter to the transaction of the change that it tells of; `tell` sends it after the commit."""
    at = now()
    later = at + sweep_grace()
    return repository.add_letter(transaction, endpoint, number, at=at, due_at=later)


def tell(letter: LetterRow) -> None:
    """Sends a letter to the partner's contact address, if there is one, and takes it away.

    Never raises: no delivery depends on it, and a sweep takes it up again.
    """
    try:
        _send(letter)
        repository.remove_letter(letter)
    except Exception:
        _log.exception("notice not sent", extra=_named(letter))


def work(origin: str, letter_id: str) -> None:
    """Sends a letter that is not sent yet, or gives it up after a day."""
    letter = repository.find_letter(origin, letter_id)
    if letter is None:
        return
    if now() - letter.created_at > _LATEST:
        _log.error("notice given up", extra=_named(letter))
        repository.remove_letter(letter)
    else:
        tell(letter)


def _send(letter: LetterRow) -> None:
    try:
        contact = get_partner(letter.origin).contact_email
    except PartnerUnknown:
        contact = None
    if contact is None:
        _log.warning("nobody to tell", extra=_named(letter))
        return
    number, endpoint_id = int(letter.number), letter.endpoint_id
    body = f"Endpoint {endpoint_id} at {letter.url}\n\n{_BODIES[number].replace('{id}', endpoint_id)}\n"
    try:
        send_mail(contact, subject=f"{_SUBJECTS[number]} ({letter.url})"[:200], body=body)
    except NotMailable:
        _log.warning("nobody can be told", extra=_named(letter))


def _named(letter: LetterRow) -> dict[str, object]:
    return {"endpoint": letter.endpoint_id, "notice": int(letter.number)}
