"""The queue of rewards that are owed."""

from chalicelib.core.queues import Message, Queue

GRANT_REWARD = "GrantReward"
WAKE_REWARDS = "WakeRewards"
REWARDS = Queue("rewards", visibility_seconds=90)
QUEUES = (REWARDS,)


def grant_message(origin: str, reward_id: str) -> Message:
    """Asks to grant one reward, if it is open still."""
    return Message(GRANT_REWARD, {"origin": origin, "reward_id": reward_id})


def wake_message(origin: str, kind: str, value: str) -> Message:
    """Asks to look at every open reward of whoever has this identity."""
    return Message(WAKE_REWARDS, {"origin": origin, "kind": kind, "value": value})
