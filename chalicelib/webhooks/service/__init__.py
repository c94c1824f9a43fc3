"""Use cases of webhooks, by resource. What surfaces need is here: `emit`, of the types in their `webhook_events`."""

from chalicelib.webhooks.service.errors import EventExists
from chalicelib.webhooks.service.events import emit

__all__ = ["EventExists", "emit"]
