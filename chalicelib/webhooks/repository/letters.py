"""Letters to partners, from the change that they tell of until they are sent."""

from datetime import datetime

from chalicelib.core.ids import sortable_id
from chalicelib.core.tables import find
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.models.endpoints import LETTER_SK, EndpointRow, LetterRow, letter_pk
from chalicelib.webhooks.models.table import due_keys


def add_letter(
    transaction: Transaction, endpoint: EndpointRow, number: int, *, at: datetime, due_at: datetime
) -> LetterRow:
    """Adds a letter; swept from `due_at`."""
    letter_id = sortable_id("ltr_")
    row = LetterRow(
        letter_pk(endpoint.origin, letter_id),
        LETTER_SK,
        id=letter_id,
        origin=endpoint.origin,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        number=number,
        created_at=at,
        **due_keys(letter_id, due_at),
    )
    transaction.put(row)
    return row


def find_letter(origin: str, letter_id: str) -> LetterRow | None:
    """A letter; None once it is sent."""
    return find(LetterRow, letter_pk(origin, letter_id), LETTER_SK)


def remove_letter(row: LetterRow) -> None:
    """Takes away a letter that was sent, or that nobody can be sent."""
    row.delete()
