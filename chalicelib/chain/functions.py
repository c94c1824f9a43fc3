"""What Lambda runs for the chains besides the API; who owns the tokens works the queues (`gardenlab.functions`)."""

from chalicelib.core.functions import ScheduledFunction


def sweep_chain() -> int:
    """Finds chain jobs and transactions that are due."""
    from chalicelib.chain import tasks

    return tasks.sweep()


def watch_chains() -> None:
    """Looks at the signers' balances, and for chains that forgot what was sent."""
    from chalicelib.chain import tasks

    tasks.watch()


FUNCTIONS = (
    ScheduledFunction(sweep_chain, minutes=1),
    ScheduledFunction(watch_chains, minutes=5),
)
