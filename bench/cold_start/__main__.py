"""Starts each app many times in turn and prints the table of docs/performance.md."""

import argparse
import logging
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.cold_start import instructions
from bench.cold_start.apps import BARE, ONE_ROUTE, OURS, unpacked, variables
from infra import lambda_runtime
from infra.lambda_runtime import Function
from infra.zip import archive
from infra.zip.dependencies import HERE

if TYPE_CHECKING:
    from bench.cold_start.storage import Storage  # imports moto, which must come after the engine's start

_ROUTE = "/api/v1/newActionForUser"


@dataclass
class Runs:
    """What the starts of one app took, in seconds, and the most memory that it had."""

    init: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0

    def line(self, name: str, *, one_route: "Runs", bare: "Runs") -> str:
        """A line of the table. Its ratios are of CPU time, which other work changes least."""
        cpu = median(self.cpu)
        times = (median(self.init), median(self.first), self.together, cpu)
        ratios = (cpu / median(one_route.cpu), cpu / median(bare.cpu))
        cells = [*(f"{each * 1000:.0f}" for each in times), *(f"{each:.2f}" for each in ratios), f"{self.memory:.0f}"]
        return f"| {name} | {' | '.join(cells)} |"

    @property
    def together(self) -> float:
        """Median of init and first action, seconds."""
        return median(map(sum, zip(self.init, self.first, strict=True)))


def main() -> None:
    """Prepares storage and apps, starts them in turn, prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start")
    parser.add_argument("--runs", type=int, default=15, help="starts of each app")
    parser.add_argument("--instructions", action="store_true", help="count the instructions of a start by valgrind")
    given = parser.parse_args()
    rounds = given.runs
    lambda_runtime.install_client()
    with tempfile.TemporaryDirectory() as scratch:
        code = archive.build(Path(scratch) / "code.zip", machine=HERE)
        tasks = unpacked(code, Path(scratch))
        if given.instructions:
            _count(tasks)
            return
        event, storage = _prepared()
        environment = variables(storage.address)
        with Function(tasks[OURS], "app.app", environment) as function:
            assert function.invoke(event)["statusCode"] == 200
        storage.learning = False
        runs = {name: Runs() for name in tasks}
        for round_number in range(rounds + 1):
            for name, task in tasks.items():
                _start(runs[name], task, environment, event, counts=round_number > 0)
        print(
            "| app | init, ms | first action, ms | together, ms | CPU, ms | of one route | of bare | peak memory, MiB |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for name, found in runs.items():
            print(found.line(name, one_route=runs[ONE_ROUTE], bare=runs[BARE]))
        print(f"\nZip: {code.stat().st_size / 1e6:.2f} MB. Medians of {rounds} starts each, in turn.")
        print("Load average: {:.1f}, {:.1f}, {:.1f}.".format(*os.getloadavg()))


def _count(tasks: dict[str, Path]) -> None:
    """Prints the instructions of each app's start."""
    counted = {name: instructions.count(task) for name, task in tasks.items()}
    print("| app | to start, million | of one route |\n| --- | --- | --- |")
    for name, number in counted.items():
        print(f"| {name} | {number / 1e6:,.0f} | {number / counted[ONE_ROUTE]:.3f} |")


def _start(runs: Runs, task: Path, environment: dict[str, str], event: dict[str, object], *, counts: bool) -> None:
    with Function(task, "app.app", environment) as function:
        begun = time.perf_counter()
        answer = function.invoke(event)
        took = time.perf_counter() - begun
        assert answer["statusCode"] == 200, answer
        if counts:  # the first round fills the file system's cache
            runs.init.append(function.init_seconds)
            runs.first.append(took)
            runs.cpu.append(function.cpu_seconds)
            runs.memory = max(runs.memory, function.peak_memory_mib)


def _prepared() -> "tuple[dict[str, object], Storage]":
    """An action's event, and a storage that records the answers to it."""
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from bench.cold_start.storage import Storage
    from tests.package.gateway_events import request
    from tests.platform import start_platform

    logging.disable()
    partner = start_platform().new_partner()
    partner.save_interaction()
    partner.announce("ada")
    body = {"origin": partner.origin, "contract_id": "summer_party", "action_id": "checkin", "guest": {"uid": "ada"}}
    return request("POST", _ROUTE, headers={"Authorization": f"Bearer {partner.key}"}, body=body), Storage()


if __name__ == "__main__":
    main()
