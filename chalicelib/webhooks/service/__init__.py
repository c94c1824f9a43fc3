"""Use cases of webhooks, by resource. What surfaces need is here: `emit` and `register_event_types`."""

from chalicelib.webhooks.service.errors import EventExists
from chalicelib.webhooks.service.event_types import register_event_types
from chalicelib.webhooks.service.events import emit

__all__ = ["EventExists", "emit", "register_event_types"]
