"""The chain's queues: jobs, one group a chain, whose signer has one nonce line; and looks at what is on its way.

Messages of a FIFO queue cannot be delayed one by one, so what is for later has a queue of its own.
"""

from chalicelib.core.queues import Queue

JOBS = Queue("chain-jobs", visibility_seconds=180, fifo=True)
LOOKS = Queue("chain-looks", visibility_seconds=90)
QUEUES = (JOBS, LOOKS)
