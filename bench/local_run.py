"""What a local run does for sixteen callers: `python -m bench.local_run [--before CHECKOUT]` (Linux).

A run of this checkout and, where another is named, one of that checkout take turns, so that both meet the same machine.
Measured are calls a second, the run's CPU time for a call and for a search in all events, and the run's memory.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from chalicelib.core.settings import settings
from chalicelib.demo import ACTION, CATEGORY, COLLECTION, ORIGIN
from infra import ROOT

CALLERS = 16
EVENTS = 2_000
_PLACE = {"origin": ORIGIN, "contract_id": COLLECTION}
_TICKS = os.sysconf("SC_CLK_TCK")


class Run:
    """A local run without the demo history, and its callers."""

    def __init__(self, name: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.name = name
        variables = {"PORT": str(self._port), "HOST": "127.0.0.1", "SPACEGARDEN_DEMO_HISTORY": "off"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.run"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._number = count()
        self.rates: list[float] = []
        self.costs: list[float] = []
        self._await_health()

    def close(self) -> None:
        """Ends it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=60)

    @property
    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        numbers = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(numbers[11]) + int(numbers[12])) / _TICKS

    @property
    def memory(self) -> float:
        """MiB held now."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

    def fill(self, events: int) -> None:
        """Makes users with NFTs, and so many events."""
        with self._caller() as call:
            for number in range(CALLERS):
                call("POST", "/api/v1/newUserForPartner", self._user(number))
        self.together(events, lambda _: [self._event()])

    def mixed(self, calls: int) -> None:
        """Makes so many calls by all callers: a third writes events, a third users and actions, a third reads."""
        begun, cpu = time.monotonic(), self.cpu
        self.together(calls // 6, self._mix)
        self.rates.append(calls / (time.monotonic() - begun))
        self.costs.append((self.cpu - cpu) / calls * 1e3)

    def search(self, times: int) -> float:
        """Milliseconds of CPU time that the first page of a search in all events takes."""
        cpu = self.cpu
        with self._caller() as call:
            for _ in range(times):
                call("GET", "/events?" + urlencode({"event_type": "cheer", "limit": 40}))
        return (self.cpu - cpu) / times * 1e3

    def together(self, turns: int, calls: Callable[[int], list[tuple[Any, ...]]]) -> None:
        """All callers make the calls of their turns at the same time."""

        def work(_: int) -> None:
            with self._caller() as call:
                for _ in range(turns // CALLERS):
                    for each in calls(next(self._number)):
                        call(*each)

        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(work, range(CALLERS)))

    def _mix(self, number: int) -> list[tuple[Any, ...]]:
        guest = {"guest": {"uid": f"uid{number % CALLERS}"}, "action_id": ACTION}
        return [
            self._event(),
            self._event(),
            ("POST", "/api/v1/newUserForPartner", self._user(CALLERS + number)),
            ("POST", "/api/v1/newActionForUser", {**_PLACE, **guest}),
            ("GET", "/api/v1/getNftByTokenId?" + urlencode({**_PLACE, "tokenId": "1"})),
            ("GET", "/events?" + urlencode({"event_type": "cheer", "limit": 40})),
        ]

    def _user(self, number: int) -> dict[str, Any]:
        return {**_PLACE, "email": f"u{number}@example.com", "uid": f"uid{number}", "user_category_id": CATEGORY}

    def _event(self) -> tuple[Any, ...]:
        number = next(self._number)
        return (
            "POST",
            "/events",
            {
                "user": {"twitch_id": str(number % 500), "name": "Ada"},
                "user_name": "Ada",
                "document": {"document_data": "aGVsbG8=", "seal": 1},
                "occurred_at": f"2026-11-22T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
                "event_type": "cheer",
                "amount": 100,
                "message": "Hello",
            },
        )

    @contextmanager
    def _caller(self) -> Iterator[Callable[..., None]]:
        key = settings().demo_key
        headers = {"X-API-KEY": key, "Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)

        def call(method: str, path: str, body: Any = None) -> None:
            connection.request(method, path, body=body and json.dumps(body), headers=headers)
            answer = connection.getresponse()
            said = answer.read()
            assert answer.status == 200, said

        try:
            yield call
        finally:
            connection.close()

    def _await_health(self) -> None:
        for _ in range(600):
            connection = HTTPConnection("127.0.0.1", self._port, timeout=5)
            try:
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
            finally:
                connection.close()
        raise TimeoutError(self.name)


def main() -> None:
    """Fills the runs, lets them take turns, prints a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.local_run")
    parser.add_argument("--before", type=Path, help="another checkout, to compare with")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many events there are")
    parser.add_argument("--calls", type=int, default=960, help="how many calls of a turn")
    parser.add_argument("--rounds", type=int, default=5, help="how many turns each has")
    given = parser.parse_args()
    folders = {"now": ROOT, **({"before": given.before.resolve()} if given.before else {})}
    with ExitStack() as stack:
        runs = [Run(name, folder) for name, folder in folders.items()]
        for run in runs:
            stack.callback(run.close)
            run.fill(given.events)
        memory = {run.name: run.memory for run in runs}
        searches = {run.name: run.search(10) for run in runs}
        for _ in range(given.rounds):
            for run in runs:
                run.mixed(given.calls)
        print("| run | calls a second | CPU ms a call | CPU ms a search | MiB filled | MiB at the end |")
        print("| --- | --- | --- | --- | --- | --- |")
        for run in runs:
            figures = (median(run.rates), median(run.costs), searches[run.name], memory[run.name], run.memory)
            print(f"| {run.name} | {' | '.join(f'{figure:.1f}' for figure in figures)} |")
        if len(runs) > 1:
            ratios = [one / other for one, other in zip(runs[0].rates, runs[1].rates, strict=True)]
            costs = [other / one for one, other in zip(runs[0].costs, runs[1].costs, strict=True)]
            print(f"now: {median(ratios):.2f} times the calls a second, {median(costs):.2f} times as many a CPU second")


if __name__ == "__main__":
    main()
