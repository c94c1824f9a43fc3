"""Which activities can be counted. Each surface declares its own in a module `activities`, as `ACTIVITIES`."""

from functools import lru_cache

from chalicelib.activity.domain import ActivitySource, UnknownReward
from chalicelib.core.features import modules_named


def unknown_in(origin: str, activity: str) -> str | None:
    """What of an activity does not exist at the partner, in words; None where it can count."""
    surface, _, rest = activity.partition(":")
    source = _sources().get(surface)
    if source is None:
        known = " or ".join(f"{name}:" for name in _sources())
        return f"the surface {surface!r}: an activity begins with {known}"
    return source.unknown_in(origin, rest)


def unknown_reward_in(origin: str, contract_id: str, action_id: str) -> UnknownReward | None:
    """What of a reward does not exist at the partner; None where it can be given."""
    [unknown] = [each.unknown_reward for each in _sources().values() if each.unknown_reward is not None]
    return unknown(origin, contract_id, action_id)


@lru_cache(maxsize=1)
def _sources() -> dict[str, ActivitySource]:
    """By the name that their activities begin with."""
    declared: list[ActivitySource] = [module.ACTIVITIES for module in modules_named("activities")]
    return {source.surface: source for source in declared}
