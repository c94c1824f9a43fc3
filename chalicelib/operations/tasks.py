"""The entry point of the schedule."""

from chalicelib.core.metrics import Unit, emit
from chalicelib.core.settings import settings


def measure() -> None:
    """Writes each queue's counts and oldest age as metrics; not in a local run."""
    if settings().is_local:
        return
    from chalicelib.operations import service  # loads every queue of the platform

    for state in service.list_queues():
        metrics: dict[str, tuple[float, Unit]] = {
            "queue_depth": (state.depth, "Count"),
            "queue_dead_letters": (state.dead_letters, "Count"),
        }
        if state.oldest_age_seconds is not None:
            metrics["queue_oldest_message"] = (state.oldest_age_seconds, "Seconds")
        emit(metrics, queue=state.name)
