"""What models share: fresh ids, copies of states, answers as models word them."""

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any

from tests.faults.campaign.history import BUSY, FAULT, REFUSED, State
from tests.platform import Answer

Outcomes = Iterator[tuple[Any, State]]
_BUSY = (429, 503)


def changed(state: State) -> dict[str, Any]:
    """A copy that may be changed."""
    return deepcopy(dict(state))


def fresh(state: State, ids: Collection[str], kind: str) -> list[str]:
    """Ids that a creation may take: those that somebody saw and nothing had before, and one that nobody ever saw."""
    used = state["used"]
    return [each for each in ids if each.startswith(f"{kind}/") and each not in used] + [f"{kind}/unseen-{len(used)}"]


def unlike_success(answer: Answer) -> str | None:
    """The word for an answer that is no success."""
    if answer.status < 400:
        return None
    if answer.status in _BUSY:
        return BUSY
    return REFUSED if answer.status < 500 else FAULT


def number_of(name: str) -> str:
    """The id itself in one such as `stamp/1`."""
    return name.partition("/")[2]
