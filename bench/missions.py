"""Mission verifications at 100 and at 100,000 acts of an activity, on the second engine: `make scale-missions`.

The acts belong to a thousand persons in one run, and all to the person who is asked about in another. Prints for each
way of counting its requests, its read units, how long it took and how long it kept this process busy, the best of five,
at both sizes. Ends with status 1 if an answer is wrong or keeps this process busy for half a second. The acts lie in 30
days, and the window begins and ends within an hour.
"""

import logging
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import Any

from chalicelib.activity.domain import MICROS_OF_AN_HOUR, email_identity, position_of
from chalicelib.activity.models import HOUR_NAMES, ActivityRow
from chalicelib.activity.repository.acts import KEPT_A_DAY, act_sk, acts_key, days_key, kept_text
from chalicelib.activity.service.counting import MAX_LISTED
from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.budgets.calls import kept_warm
from tests.budgets.metering import metered
from tests.platform import Partner

_FEW = 100
_PERSONS = 1_000
_TIMES = 5
_BATCH, _SIDE_BY_SIDE = 25, 8
_BEGIN = datetime(2024, 5, 1, 0, 30, tzinfo=UTC)
_DAYS = 30
_ACTIVITY = "bench:act"
_WINDOW = {"fromDate": "2024-05-02T10:20:30.400Z", "toDate": "2024-05-29T10:20:30.400Z"}
_THREE_DAYS = {"fromDate": "2024-05-26T10:20:30.400Z", "toDate": "2024-05-29T10:20:30.400Z"}


@dataclass(frozen=True)
class Mission:
    """One way of counting, and the window it is asked for."""

    name: str
    rules: dict[str, Any]
    window: dict[str, str]

    def expected(self, times: Sequence[datetime]) -> Any:
        """The counts that must be answered for a person's acts, newest first; as a simple mission, its success."""
        start, end = (datetime.fromisoformat(self.window[name]) for name in ("fromDate", "toDate"))
        within = sum(start <= time < end for time in times)
        if self.rules["kind"] == "simple":
            return {"success": True}
        if self.rules["counting"] == "per_act":
            return [1] * within
        if self.rules["counting"] == "running_total":
            return list(range(within, max(within - MAX_LISTED, 0), -1))
        days = Counter(time.date() for time in times if start <= time < end)
        return [days[day] for day in sorted(days, reverse=True)]


def missions(of_one: int) -> list[Mission]:
    """The missions for a person who has so many acts."""
    most = of_one * 9 // 10 - 2
    return [
        Mission("simple, target 1", {"kind": "simple"}, _WINDOW),
        Mission("simple, nine tenths of the acts", {"kind": "simple", "target": most}, _WINDOW),
        Mission("accumulative, per_day", {"kind": "accumulative", "counting": "per_day"}, _WINDOW),
        Mission("accumulative, per_act, three days", {"kind": "accumulative", "counting": "per_act"}, _THREE_DAYS),
        Mission("accumulative, running_total", {"kind": "accumulative", "counting": "running_total"}, _WINDOW),
    ]


def fill(partner: Partner, email: str, times: Sequence[datetime]) -> None:
    """Writes a person's acts without the API: a row for each day with its first acts, and one for each other act."""
    identity = email_identity(email)
    acts, days = [], dict[int, Counter[str]]()
    kept: defaultdict[int, list[str]] = defaultdict(list)
    for one, time in enumerate(times):
        day, hour = divmod(position_of(time) // MICROS_OF_AN_HOUR, len(HOUR_NAMES))
        days.setdefault(day, Counter()).update(["acts", HOUR_NAMES[hour]])
        source = f"bench/{one}"
        if len(kept[day]) < KEPT_A_DAY:
            kept[day].append(kept_text(time, source))
            continue
        act = {
            "pk": {"S": acts_key(partner.origin, identity, _ACTIVITY)},
            "sk": {"S": act_sk(time, source)},
            "at_micros": {"N": str(int(time.timestamp() * 1_000_000))},
            "source": {"S": source},
        }
        acts.append(act)
    counts: list[dict[str, Any]] = [
        {
            "pk": {"S": days_key(partner.origin, identity, _ACTIVITY)},
            "sk": {"S": f"{day:07d}"},
            "kept": {"SS": kept[day]},
            **{name: {"N": str(number)} for name, number in each.items()},
        }
        for day, each in days.items()
    ]
    items = [*acts, *counts]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        list(threads.map(_write, [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]))


def _write(items: list[dict[str, Any]]) -> None:
    table = settings().prefix + ActivityRow.table
    waiting: dict[str, Any] = {table: [{"PutRequest": {"Item": item}} for item in items]}
    while waiting:
        waiting = aws.client("dynamodb").batch_write_item(RequestItems=waiting).get("UnprocessedItems") or {}


@dataclass(frozen=True)
class Figures:
    """What a verification asks DynamoDB for, and what it costs; `cpu` is in milliseconds too."""

    requests: str
    units: float
    milliseconds: float
    cpu: float
    is_right: bool

    def __str__(self) -> str:
        return f"{self.requests} | {self.units:g} | {self.milliseconds:.0f} | {self.cpu:.0f}"


def measured(partner: Partner, number: int, *, persons: int) -> dict[str, Figures]:
    """The figures of each mission, for a number of acts of a number of persons; the last person is asked about."""
    of_one = number // persons
    times = [_BEGIN + timedelta(days=_DAYS) * (one / of_one) for one in range(of_one)]
    for person in range(persons):
        fill(partner, f"ada{person}@example.com", times)
    return {
        mission.name: _figures(partner, place, mission, f"ada{persons - 1}@example.com", times)
        for place, mission in enumerate(missions(of_one))
    }


def _figures(partner: Partner, place: int, mission: Mission, email: str, times: Sequence[datetime]) -> Figures:
    body = {"mission": place, "activity": _ACTIVITY, "allow_unknown": True, **mission.rules}
    created = partner.platform.admin("POST", f"/{partner.origin}/missions", body)
    assert created.status == 200, created
    path = f"/missions/{partner.origin}/{email}/{place}"
    answer = partner.platform.call("GET", path, query=mission.window)
    assert answer.status == 200, answer
    counts = [entry["completedTimes"] for entry in answer.json] if isinstance(answer.json, list) else answer.json
    with metered(weigh=True) as bill:
        partner.platform.call("GET", path, query=mission.window)
    seconds, ours = [], []
    for _ in range(_TIMES):
        started, busy = perf_counter(), process_time()
        partner.platform.call("GET", path, query=mission.window)
        seconds.append(perf_counter() - started)
        ours.append(process_time() - busy)
    requests = f"{len(bill.of('dynamodb'))} in {bill.levels}"
    is_right = counts == mission.expected(times)
    return Figures(requests, bill.read_units, min(seconds) * 1000, min(ours) * 1000, is_right)


def main() -> int:
    """Prints the measurements side by side."""
    if "AWS_ENDPOINT_URL" not in os.environ:
        print("bench.missions: AWS_ENDPOINT_URL must name an engine", file=sys.stderr)
        return 1
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from tests.platform import start_platform

    platform = start_platform()
    logging.disable()
    print(
        f"| mission | requests, levels at {_FEW} acts | read units | ms | CPU | at {many:,} | read units | ms | CPU |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    all_right = True
    for whose, persons in (("a thousand persons' acts", _PERSONS), ("one person's acts", 1)):
        with kept_warm():
            few = measured(platform.new_partner(collection=False), _FEW, persons=1)
            more = measured(platform.new_partner(collection=False), many, persons=persons)
        for name in few:
            print(f"| {whose}: {name} | {few[name]} | {more[name]} |", flush=True)
        all_right &= all(each.is_right and each.cpu < 500 for each in (*few.values(), *more.values()))
    return 0 if all_right else 1


if __name__ == "__main__":
    sys.exit(main())
