"""The search for an order of calls that explains every answer, by Wing and Gong with Lowe's memory of what was tried.

Calls keep the order in which one ended before another began. A call whose answer is unknown may stand anywhere after
its beginning, or nowhere.
"""

import json
from collections.abc import Collection, Sequence

from tests.faults.campaign.history import BUSY, UNKNOWN, Call, State


class Verdict:
    """`order` is one that explains all calls, None without any; `furthest` the longest that explains a beginning."""

    def __init__(self) -> None:
        self.order: Sequence[Call] | None = None
        self.furthest: Sequence[Call] = ()


def explain(calls: Sequence[Call], state: State, ids: Collection[str]) -> Verdict:
    """Looks for an order; `ids` are all that any answer showed."""
    verdict = Verdict()
    tried: set[tuple[int, str]] = set()
    every = (1 << len(calls)) - 1
    optional = sum(1 << place for place, call in enumerate(calls) if call.answer == UNKNOWN)
    waiting: list[tuple[int, State, tuple[int, ...]]] = [(0, state, ())]
    while waiting:
        done, state, order = waiting.pop()
        if len(order) > len(verdict.furthest):
            verdict.furthest = [calls[place] for place in order]
        if done | optional == every:
            verdict.order = [calls[place] for place in order]
            return verdict
        left = [place for place in range(len(calls)) if not done >> place & 1]
        latest = min(calls[place].end for place in left if calls[place].answer != UNKNOWN)
        for place in left:
            call = calls[place]
            if call.start > latest:
                continue
            for after in _states(call, state, ids):
                mark = (done | 1 << place, json.dumps(after, sort_keys=True))
                if mark not in tried:
                    tried.add(mark)
                    waiting.append((mark[0], after, (*order, place)))
    return verdict


def _states(call: Call, state: State, ids: Collection[str]) -> list[State]:
    if call.answer == BUSY:
        return [state]
    return [after for answer, after in call.effect(state, ids) if call.answer in (UNKNOWN, answer)]
