"""Use cases of the chain: jobs to queue (`outbox`), the work on them, and what their worker tells (`owners`)."""
