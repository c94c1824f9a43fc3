"""Idempotency keys: a repeated request with the same key returns the first answer and changes nothing."""
