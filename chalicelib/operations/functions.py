"""What Lambda runs for the operator besides the API."""

from chalicelib.core.functions import ScheduledFunction


def measure_queues() -> None:
    """Writes the queues' depths and ages as metrics."""
    from chalicelib.operations import tasks

    tasks.measure()


FUNCTIONS = (ScheduledFunction(measure_queues, minutes=1),)
