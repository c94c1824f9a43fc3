"""The countable activities. Each surface declares its own as `ACTIVITIES` in a module `activities`."""

from functools import lru_cache

from chalicelib.activity.domain import ActivitySource, UnknownReward
from chalicelib.core.features import modules_named


def unknown_in(origin: str, activity: str) -> str | None:
    """What of the activity the partner does not have, as a sentence; None if all parts exist."""
    surface, _, rest = activity.partition(":")
    source = _sources().get(surface)
    if source is None:
        known = " or ".join(f"{name}:" for name in _sources())
        return f"there is no surface {surface!r}: an activity begins with {known}"
    return source.unknown_in(origin, rest)


def known_to(origin: str, surface: str) -> list[str]:
    """Activities of a surface that the partner can choose from."""
    return _sources()[surface].known(origin)


def surfaces() -> tuple[str, ...]:
    """The surfaces that have countable activities."""
    return tuple(_sources())


def unknown_reward_in(origin: str, contract_id: str, action_id: str) -> UnknownReward | None:
    """The part of a reward that the partner does not have; None if all parts exist."""
    [unknown] = [each.unknown_reward for each in _sources().values() if each.unknown_reward is not None]
    return unknown(origin, contract_id, action_id)


@lru_cache(maxsize=1)
def _sources() -> dict[str, ActivitySource]:
    """The sources by the prefix of their activities."""
    declared: list[ActivitySource] = [module.ACTIVITIES for module in modules_named("activities")]
    return {source.surface: source for source in declared}
