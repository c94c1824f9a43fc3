"""The operator's view of the queues: message counts, and redrive of dead letters."""
