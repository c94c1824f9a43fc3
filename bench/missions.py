"""Mission verifications while an activity has 100 acts, and 100,000, on the second engine: `make scale-missions`.

Prints for each way of counting what it asks for and how long it took, a median of ten, at both sizes; ends with status
1 where an answer is wrong or takes a second. The person asked about has 100 of the acts, which lie in 30 days; the
window cuts hours at both ends. That engine sorts a whole partition for each query, so one person's own acts stay few.
"""

import logging
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from chalicelib.activity.domain import MICROS_OF_AN_HOUR, email_identity, position_of
from chalicelib.activity.repository.acts import act_sk, acts_key, hours_key
from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.budgets.calls import kept_warm
from tests.budgets.metering import metered
from tests.platform import Partner

_FEW, _MANY = 100, 100_000
_OF_ONE = 100
_TIMES = 10
_BATCH, _SIDE_BY_SIDE = 25, 8
_BEGIN = datetime(2024, 5, 1, 0, 30, tzinfo=UTC)
_DAYS = 30
_ACTIVITY = "bench:act"
_WINDOW = {"fromDate": "2024-05-02T10:20:30.400Z", "toDate": "2024-05-29T10:20:30.400Z"}
_MISSIONS: dict[str, dict[str, Any]] = {
    "simple, target 1": {"kind": "simple"},
    "simple, as many as there are": {"kind": "simple"},
    "accumulative, per_day": {"kind": "accumulative"},
}


def fill(partner: Partner, email: str, times: list[datetime]) -> None:
    """Writes a person's acts past the API, and their hours."""
    identity = email_identity(email)
    acts = [
        {
            "pk": {"S": acts_key(partner.origin, identity, _ACTIVITY)},
            "sk": {"S": act_sk(time, f"bench/{one}")},
            "at_micros": {"N": str(int(time.timestamp() * 1_000_000))},
            "source": {"S": f"bench/{one}"},
        }
        for one, time in enumerate(times)
    ]
    by_hour = Counter(position_of(time) // MICROS_OF_AN_HOUR for time in times)
    hours = [
        {
            "pk": {"S": hours_key(partner.origin, identity, _ACTIVITY)},
            "sk": {"S": f"{hour:09d}"},
            "acts": {"N": str(count)},
        }
        for hour, count in by_hour.items()
    ]
    items = [*acts, *hours]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        list(threads.map(_write, [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]))


def _write(items: list[dict[str, Any]]) -> None:
    waiting: dict[str, Any] = {f"{settings().prefix}activity": [{"PutRequest": {"Item": item}} for item in items]}
    while waiting:
        waiting = aws.client("dynamodb").batch_write_item(RequestItems=waiting).get("UnprocessedItems") or {}


def measured(partner: Partner, first_mission: int, number: int) -> dict[str, tuple[str, float, bool]]:
    """For each way of counting: its requests, its median in milliseconds, and whether the answer is right."""
    email = "ada@example.com"
    start, end = (datetime.fromisoformat(_WINDOW[name]) for name in ("fromDate", "toDate"))
    times = [_BEGIN + timedelta(days=_DAYS) * (one / _OF_ONE) for one in range(_OF_ONE)]
    for other in range(1, number // _OF_ONE):
        fill(partner, f"other{other}@example.com", times)
    fill(partner, email, times)
    within = [time for time in times if start <= time < end]
    days = Counter(time.date() for time in within)
    expected: list[Any] = [{"success": True}, {"success": True}, [days[day] for day in sorted(days, reverse=True)]]
    figures = {}
    for place, (name, rules) in enumerate(_MISSIONS.items()):
        mission = first_mission + place
        target = len(within) if place == 1 else 1
        body = {"mission": mission, "activity": _ACTIVITY, "target": target, **rules}
        created = partner.platform.admin("POST", f"/{partner.origin}/missions", body)
        assert created.status == 200, created
        path = f"/missions/{partner.origin}/{email}/{mission}"
        answer = partner.platform.call("GET", path, query=_WINDOW).json
        found = [entry["completedTimes"] for entry in answer] if isinstance(answer, list) else answer
        with metered() as bill:
            partner.platform.call("GET", path, query=_WINDOW)
        seconds = []
        for _ in range(_TIMES):
            started = perf_counter()
            partner.platform.call("GET", path, query=_WINDOW)
            seconds.append(perf_counter() - started)
        requests = f"{len(bill.of('dynamodb'))} in {bill.levels}"
        figures[name] = (requests, median(seconds) * 1000, found == expected[place])
    return figures


def main() -> int:
    """Prints both measurements side by side."""
    if "AWS_ENDPOINT_URL" not in os.environ:
        print("bench.missions: AWS_ENDPOINT_URL must name an engine", file=sys.stderr)
        return 1
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from tests.platform import start_platform

    platform = start_platform()
    logging.disable()
    partner = platform.new_partner(collection=False)
    with kept_warm():
        few = measured(partner, 1, _FEW)
        many = measured(partner, 101, _MANY)
    print(f"| mission | requests, levels at {_FEW:,} | ms | at {_MANY:,} | ms |")
    print("| --- | --- | --- | --- | --- |")
    for name in few:
        print(f"| {name} | {few[name][0]} | {few[name][1]:.1f} | {many[name][0]} | {many[name][1]:.1f} |")
    right = all(figures[name][2] and figures[name][1] < 1000 for figures in (few, many) for name in figures)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
