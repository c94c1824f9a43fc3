"""Whose turn it is, where an endpoint gets its deliveries one at a time for each subject."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.clock import epoch_micros
from chalicelib.core.ids import digest
from chalicelib.core.tables import WholeNumber, key
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.table import WebhooksRow

LINE_SK = "LINE"
_PLACE = "PLACE"


class LineRow(WebhooksRow):
    """pk: `{origin}#LINE#{endpoint}#{digest of a subject}`; sk: `LINE`. Which delivery had its turn last.

    `turn` is the sort key of its place and `number` its `webhook-sequence`; `last` is the highest number given.
    """

    turn = UnicodeAttribute(null=True)
    number = WholeNumber(null=True)
    last = WholeNumber(default=0)


class PlaceRow(WebhooksRow):
    """pk: its line's; sk: `PLACE#{microseconds of the event}#{delivery}`. A delivery without an outcome yet.

    It is written with the delivery, or its restart, and removed with the outcome.
    """


def line_pk(row: DeliveryRow) -> str:
    """Where the line of the endpoint's deliveries about the same subject lies."""
    return key(row.origin, "LINE", row.endpoint_id, digest(str(row.subject)))


def place_sk(row: DeliveryRow) -> str:
    """The sort key of a delivery's place; sorts behind `LINE`, and by the event's time."""
    return key(_PLACE, f"{epoch_micros(row.created_at):016}", row.id)


def delivery_at(place: str) -> str:
    """The id of the delivery that has a place."""
    return place.rpartition("#")[2]
