"""Answering for a partner: how far somebody is with a mission, and the reward that follows."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from chalicelib.activity.domain import Identity, Window
from chalicelib.activity.service import counting, rewards
from chalicelib.activity.service.counting import Found
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.errors import Unauthorized
from chalicelib.space3 import dialects
from chalicelib.space3.domain.dialect import Tally, Verdict
from chalicelib.space3.domain.windows import iso_millis
from chalicelib.space3.models import AnsweredRow
from chalicelib.space3.service import told
from chalicelib.space3.service.answered import AnsweredUnknown, find_again, find_answered, is_same, secret_hash

_ALL = 2**53 - 1


class SecretWrong(Unauthorized):
    """The caller does not know the mission's secret."""

    def __init__(self) -> None:
        super().__init__("The mission's secret is missing or wrong: x-api-key, or Authorization: Bearer.")


class Asked(NamedTuple):
    """A mission system's question, read already. `form` is the format that it asks for."""

    dialect: str
    identities: Sequence[Identity]
    start: datetime | None
    end: datetime | None
    form: str = ""


def open_mission(origin: str, mission: int, *, secrets: Sequence[str]) -> AnsweredRow:
    """The mission for a caller who may ask. Raises `AnsweredUnknown` or `SecretWrong`."""
    row = find_answered(origin, mission)
    if row is None:
        raise AnsweredUnknown
    _admit(row, secrets)
    return row


def answer(row: AnsweredRow, asked: Asked, *, secrets: Sequence[str]) -> Verdict:
    """The answer in the caller's dialect. Each person who has now done the mission for the first time gets its reward.

    The mission may come from the cache. Before a reward is created the mission is read again; if it has changed, the
    question is answered anew, and what `open_mission` raises may be raised. Raises `TooManyActs` where a list would be
    too long.
    """
    while True:
        verdict, found = _judged(row, asked)
        persons = _to_reward(row, found)
        if not persons:
            return verdict
        current = find_again(row)
        if current is None:
            raise AnsweredUnknown
        if is_same(current, row):
            break
        _admit(current, secrets)
        row = current
    for person in persons:
        rewards.create_reward(
            row.origin,
            mission=row.id,
            contract_id=str(row.reward_contract_id),
            action_id=str(row.reward_action_id),
            person=person,
            along=partial(told.add_reward, mission=row, person=person),
        )
    return verdict


def try_out(row: AnsweredRow, asked: Asked) -> Verdict:
    """The same answer without a reward: nothing is written. Raises `TooManyActs`."""
    verdict, _ = _judged(row, asked)
    return verdict


def _judged(row: AnsweredRow, asked: Asked) -> tuple[Verdict, Found]:
    """The answer, and the acts that it is made of. Only reads. Raises `TooManyActs`."""
    window = Window.between(asked.start, asked.end)
    if row.kind == "accumulative" and asked.dialect == dialects.OWN:
        found, entries = _entries(row, asked.identities, window)
        return Verdict(200, entries), found
    spoken, is_accumulative = dialects.dialect(asked.dialect), row.kind == "accumulative"
    at_most = _ALL if is_accumulative and spoken.counts else int(row.target)
    found = counting.count(row.origin, asked.identities, row.activity, window, at_most=at_most)
    return spoken.answer(Tally(found.total >= row.target, found.total, is_accumulative, asked.form)), found


def _entries(row: AnsweredRow, identities: Sequence[Identity], window: Window) -> tuple[Found, list[dict[str, Any]]]:
    """Newest first, as the mission counts. Raises `TooManyActs` where a list cut short would say something wrong."""
    if row.counting == "per_day":
        found, days = counting.list_days(row.origin, identities, row.activity, window)
        return found, [_entry(day.last, day.acts) for day in days]
    if row.counting == "per_act":
        found, times = counting.list_acts(row.origin, identities, row.activity, window)
        return found, [_entry(time, 1) for time in times]
    found, times = counting.list_newest(row.origin, identities, row.activity, window)
    return found, [_entry(time, found.total - number) for number, time in enumerate(times)]


def _entry(time: datetime, count: int) -> dict[str, Any]:
    return {"timestamp": iso_millis(time), "completedTimes": count}


def _admit(row: AnsweredRow, secrets: Sequence[str]) -> None:
    """Raises `SecretWrong` where the mission has a secret and it is none of those given."""
    expected = row.secret_sha256
    if expected is not None and not any(is_same_secret(expected, secret_hash(secret)) for secret in secrets):
        raise SecretWrong


def _to_reward(row: AnsweredRow, found: Found) -> list[list[Identity]]:
    """The persons whose own acts reach the target and who do not have the mission's reward yet."""
    if row.reward_contract_id is None or found.total < row.target:
        return []
    reached = [person for person in found.persons if found.total_of(person) >= row.target]
    known = [identity for person in reached for identity in rewards.personal_identities(person)]
    if not known:
        return []
    rewarded = rewards.find_rewarded(row.origin, row.id, known)
    return [person for person in reached if rewarded.isdisjoint(person)]
