"""Idempotency keys: the same key with the same bytes gives the first answer again and changes nothing."""
