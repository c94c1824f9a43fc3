"""Idempotency keys on the tables themselves."""
