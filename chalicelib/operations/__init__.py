"""The operator's view of the queues: how deep they are, and dead letters sent back to be worked again."""
