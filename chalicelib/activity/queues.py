"""The queue of open rewards."""

from chalicelib.core.queues import Message, Queue

GRANT_REWARD = "GrantReward"
WAKE_REWARDS = "WakeRewards"
REWARDS = Queue("rewards", visibility_seconds=90)
QUEUES = (REWARDS,)


def grant_message(origin: str, reward_id: str) -> Message:
    """The message to grant one reward if it is still open."""
    return Message(GRANT_REWARD, {"origin": origin, "reward_id": reward_id})


def wake_message(origin: str, kind: str, value: str) -> Message:
    """The message to check the open rewards of an identity's person."""
    return Message(WAKE_REWARDS, {"origin": origin, "kind": kind, "value": value})
