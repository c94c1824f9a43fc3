"""Starts each app many times in turn and prints the table of docs/performance.md."""

import argparse
import logging
import os
import shutil
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import botocore

from infra import archive, lambda_runtime
from infra.dependencies import HERE, compile_tree
from infra.lambda_runtime import Function

if TYPE_CHECKING:
    from bench.cold_start.storage import Storage  # imports moto, which must come after the engine's start

_ROUTE = "/api/v1/newActionForUser"
_OURS, _ALL = "Spacegarden", "Spacegarden with every API and page loaded"
_ONE_ROUTE, _BARE = "one route, same libraries", "bare handler on botocore"
_ONE_ROUTE_TRIMMED = "one route, with our data of botocore's"
_OTHERS = {_ONE_ROUTE: "one_route.py", _ONE_ROUTE_TRIMMED: "one_route.py", _BARE: "bare.py"}
_HERE = Path(__file__).parent


@dataclass
class Runs:
    """What the starts of one app took, in seconds, and the most memory it had."""

    init: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0

    def line(self, name: str, *, one_route: "Runs", bare: "Runs") -> str:
        """A line of the table, with ratios of the processor's time, which other work on the machine spoils least."""
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
    rounds = parser.parse_args().runs
    lambda_runtime.install_client()
    with tempfile.TemporaryDirectory() as scratch:
        code = archive.build(Path(scratch) / "code.zip", machine=HERE)
        tasks = _unpacked(code, Path(scratch))
        event, storage = _prepared()
        variables = _variables(storage.address)
        with Function(tasks[_OURS], "app.app", variables) as function:
            assert function.invoke(event)["statusCode"] == 200
        storage.learning = False
        runs = {name: Runs() for name in tasks}
        for round_number in range(rounds + 1):
            for name, task in tasks.items():
                _start(runs[name], task, variables, event, counts=round_number > 0)
        print(
            "| app | init, ms | first action, ms | together, ms | CPU, ms | of one route | of bare | peak memory, MiB |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for name, found in runs.items():
            print(found.line(name, one_route=runs[_ONE_ROUTE], bare=runs[_BARE]))
        print(f"\nZip: {code.stat().st_size / 1e6:.2f} MB. Medians of {rounds} starts each, in turn.")
        print("Load average: {:.1f}, {:.1f}, {:.1f}.".format(*os.getloadavg()))


def _start(runs: Runs, task: Path, variables: dict[str, str], event: dict[str, object], *, counts: bool) -> None:
    with Function(task, "app.app", variables) as function:
        begun = time.perf_counter()
        answer = function.invoke(event)
        took = time.perf_counter() - begun
        assert answer["statusCode"] == 200, answer
        if counts:  # the first round fills the file system's cache
            runs.init.append(function.init_seconds)
            runs.first.append(took)
            runs.cpu.append(function.cpu_seconds)
            runs.memory = max(runs.memory, function.peak_memory_mib)


def _unpacked(code: Path, scratch: Path) -> dict[str, Path]:
    """The zip, the zip that leaves nothing to first calls, and thrice the zip with another app in the place of ours."""
    tasks = {name: scratch / str(number) for number, name in enumerate((_OURS, _ALL, *_OTHERS))}
    for name, task in tasks.items():
        with zipfile.ZipFile(code) as packed:
            packed.extractall(task)
        if name == _OURS:
            continue
        for compiled in (task / "__pycache__").glob("app.*"):
            compiled.unlink()
        if name == _ALL:
            with (task / "app.py").open("a") as app:
                app.write("app.load_all()\n")
        else:
            shutil.rmtree(task / "chalicelib")
            shutil.copy(_HERE / _OTHERS[name], task / "app.py")
        compile_tree(task, only="app.py")
        if name in (_ONE_ROUTE, _BARE):
            _publish_data(task / "botocore" / "data")
    return tasks


def _publish_data(packed: Path) -> None:
    """Gives an app botocore's data as they are published, which ours are a part of."""
    published = Path(botocore.__file__).parent / "data"
    shutil.copy(published / "endpoints.json", packed)
    for description in list(packed.rglob("service-2.json")):
        description.unlink()
        shutil.copy(published / description.relative_to(packed).with_suffix(".json.gz"), description.parent)


def _prepared() -> "tuple[dict[str, object], Storage]":
    """An action's event, and a storage that is about to learn what it asks for."""
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


def _variables(address: str) -> dict[str, str]:
    return {
        "SPACEGARDEN_STAGE": "dev",
        "SPACEGARDEN_PUBLIC_URL": "http://spacegarden.test",
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


if __name__ == "__main__":
    main()
