"""What Lambda runs for the chains besides the API. The functions of the chain's queues are in `gardenlab.functions`."""

from chalicelib.core.functions import ScheduledFunction


def sweep_chain() -> int:
    """Finds chain jobs and transactions that are due."""
    from chalicelib.chain import tasks

    return tasks.sweep()


FUNCTIONS = (ScheduledFunction(sweep_chain, minutes=1),)
