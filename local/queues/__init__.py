"""The queues and schedules of a local run, as Lambda serves them."""
