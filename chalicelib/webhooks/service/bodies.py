"""The event of a delivery that has not ended is kept, however long that takes.

An event expires, by a time that is set when it is recorded; a delivery only once it has ended. Whoever leaves a
delivery unfinished, or begins it anew, looks first whether its event outlives the next attempt by far enough. Where it
does not, the event is kept longer before anything of the delivery is written, so that a crash in between keeps it
longer and loses nothing. The delivery's row says until when the event lives at least; so almost nobody reads the event.
"""

from datetime import datetime

from chalicelib.webhooks.domain import KEPT_AHEAD, KEPT_ON
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.repository import events as repository


def keep_body(row: DeliveryRow, *, at: datetime) -> bool:
    """Has the event live for `KEPT_AHEAD` beyond `at`, also on `row`; False where the event is gone."""
    needed = at + KEPT_AHEAD
    if row.body_until is None or row.body_until >= needed.timestamp():
        return True
    end = repository.keep_event(row.origin, row.event_id, needed=needed, until=at + KEPT_ON)
    if end is not None:
        row.body_until = int(end.timestamp())
    return end is not None
