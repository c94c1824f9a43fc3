"""Lines: which delivery about a subject has its turn, and which wait."""

from typing import NamedTuple

from chalicelib.core.tables import as_read, assign, find, read_collection, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.lines import LINE_SK, LineRow, PlaceRow, line_pk, place_sk
from chalicelib.webhooks.models.table import WebhooksRow


class Line(NamedTuple):
    """A line as it is now; `first` is the first place, None where there is none."""

    row: LineRow
    first: str | None


def add_place(transaction: Transaction, delivery: DeliveryRow) -> None:
    """Adds the place of a delivery without an outcome yet."""
    transaction.put(PlaceRow(line_pk(delivery), place_sk(delivery)))


def add_end(transaction: Transaction, delivery: DeliveryRow) -> None:
    """Removes the place of a delivery with its outcome."""
    transaction.delete(PlaceRow(line_pk(delivery), place_sk(delivery)))


def line_of(delivery: DeliveryRow) -> Line:
    """The delivery's line, in one request."""
    row, first = LineRow(line_pk(delivery), LINE_SK), None
    for found in read_collection(WebhooksRow, row.pk, kind_of=_kind_of, limit=2):
        if isinstance(found, LineRow):
            row = found
        else:
            first = first or str(found.sk)
    return Line(row, first)


def has_place(line: Line, place: str) -> bool:
    """Whether the place is still in the line: its delivery has no outcome yet."""
    return place == line.first or find(PlaceRow, line.row.pk, place) is not None


def remove_place(line: Line, place: str) -> None:
    """Removes a place whose delivery is not there."""
    PlaceRow(line.row.pk, place).delete()


def take_turn(line: Line, place: str, *, number: int) -> bool:
    """Gives a place the turn, and the number; False where the line has changed since it was read."""
    row = line.row
    unchanged = LineRow.turn.does_not_exist() if row.turn is None else as_read(row, "turn", "last")
    changes = {"turn": place, "number": number, "last": max(number, row.last)}
    return update_if(row, assign(row, changes), unchanged)


def _kind_of(sk: str) -> type[LineRow | PlaceRow]:
    return LineRow if sk == LINE_SK else PlaceRow
