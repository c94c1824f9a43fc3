"""What Lambda runs for rewards besides the API. Their queue is worked by a function of `gardenlab.functions`."""

from chalicelib.core.functions import ScheduledFunction


def sweep_rewards() -> int:
    """Finds rewards that are due."""
    from chalicelib.activity.service import rewards

    return rewards.sweep()


FUNCTIONS = (ScheduledFunction(sweep_rewards, minutes=1),)
