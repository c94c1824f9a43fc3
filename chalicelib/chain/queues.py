"""The queue of chain jobs: one group a chain, whose signer has one nonce line."""

from chalicelib.core.queues import Queue

JOBS = Queue("chain-jobs", visibility_seconds=180, fifo=True)
QUEUES = (JOBS,)
