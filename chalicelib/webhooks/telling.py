"""Events that are recorded only while an endpoint of the partner names their type: who asks for them pays for them.

Whether one does is first answered from memory: where nobody names such a type, a change makes no request more, and
neither bodies nor the recording of events are loaded. What is recorded is decided on the endpoints as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.named import are_named


def add_named(
    transaction: Transaction,
    origin: str,
    bodies: Mapping[str, Callable[[], Any]],
    *,
    event_id: str | None = None,
    keeps_id: bool = False,
) -> bool:
    """Adds an event of each type that an endpoint, enabled or not, names, with the body that its function makes.

    False where no endpoint names any of them, as far as is remembered. Else it reads the partner's endpoints, in one
    request. An `event_id` is for a single event, and with it `keeps_id`, as in `events.emit`.
    """
    if not are_named(origin, bodies):
        return False
    from chalicelib.webhooks.service.events import emit_named

    emit_named(transaction, origin=origin, bodies=bodies, event_id=event_id, keeps_id=keeps_id)
    return True
