"""Webhooks: endpoints, events, and the delivery of each event to each endpoint, at least once."""
