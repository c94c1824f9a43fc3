"""Use cases of webhooks, by resource. What surfaces need is here: to emit events of the types in `webhook_events`."""

from chalicelib.webhooks.service.errors import EventExists
from chalicelib.webhooks.service.events import emit, emit_named

__all__ = ["EventExists", "emit", "emit_named"]
