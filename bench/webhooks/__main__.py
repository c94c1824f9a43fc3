"""Runs every part, each in its own process, and prints the tables of docs/performance.md."""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.webhooks.prices import BATCH, of_a_million
from bench.webhooks.receiver import receiving


def main() -> None:
    """Prints what is measured, as soon as it is."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a figure")
    quick = parser.parse_args().quick
    speed = _run("throughput", "3" if quick else "15")
    _print(_throughput(speed))
    embedded = _embedded("throughput", 2 if quick else 10)
    rates = f"median {embedded['rate']:.1f}, {embedded['lowest']:.1f} to {embedded['highest']:.1f}"
    print(f"One worker with its rows in the embedded engine, instant receiver: {rates} deliveries per second.\n")
    _print(_latency(_embedded("latency", 30 if quick else 300)))
    found = _embedded("duplicates", 100 if quick else 500)
    print(f"Duplicates with every message handed out twice: {found['again']} of {found['events']} events.\n")
    _print(_hanging({width: _beside_each_other(width, 5 if quick else 40) for width in ("", ", two batches")}))
    _print(_cost(_embedded("cost", 1), speed))
    print("Load average while it ran: {:.1f}, {:.1f}, {:.1f}.".format(*os.getloadavg()))


def _run(module: str, *arguments: str) -> Any:
    with receiving() as receiver:
        command = [sys.executable, "-m", f"bench.webhooks.{module}"]
        before, after = ([], arguments) if module == "throughput" else (arguments[:1], arguments[1:])
        done = subprocess.run([*command, *before, receiver.url, *after], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _embedded(figure: str, count: int) -> Any:
    return _run("embedded", figure, str(count))


def _beside_each_other(width: str, seconds: int) -> list[Any]:
    """p95 without and with an endpoint that hangs, at the same time: a busy machine slows both."""
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(lambda name: _embedded(name + width, seconds), ("neighbours", "one hangs")))


def _print(lines: Iterator[str]) -> None:
    print("\n".join(lines), end="\n\n", flush=True)


def _throughput(speed: dict[str, Any]) -> Iterator[str]:
    yield "| receiver | work | deliveries/s, median (lowest, highest) | CPU ms each, median (lowest) | of the floor |"
    yield "| --- | --- | --- | --- | --- |"
    for receiver, found in speed.items():
        for work, (lowest, median, highest) in found["rates"].items():
            least, cpu = found["cpu_ms"][work]
            share = f"{found['ratio']['floor']:.2f}" if work == "worker" else ""
            rates = f"{median:.1f} ({lowest:.1f}, {highest:.1f})"
            yield f"| {receiver} | {work} | {rates} | {cpu:.2f} ({least:.2f}) | {share} |"


def _latency(found: dict[str, float]) -> Iterator[str]:
    yield "| commit to receipt, idle platform | p50 | p95 | p99 |"
    yield "| --- | --- | --- | --- |"
    yield f"| {found['count']} events, ms | {found['p50']:.0f} | {found['p95']:.0f} | {found['p99']:.0f} |"


def _hanging(runs: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    yield "| healthy endpoints' p95, ms | none hangs | one of ten hangs | ratio |"
    yield "| --- | --- | --- | --- |"
    for width, (without, beside) in runs.items():
        for phase, said in (("onset", "its first 20 s"), ("steady", "once it is known")):
            ratio = beside[phase] / without[phase]
            batches = "2 batches" if width else "20 batches"
            yield f"| {batches} at a time, {said} | {without[phase]:.0f} | {beside[phase]:.0f} | {ratio:.2f} |"


def _cost(cost: dict[str, Any], speed: dict[str, Any]) -> Iterator[str]:
    yield "| step | requests to DynamoDB | write units | read units |"
    yield "| --- | --- | --- | --- |"
    steps = {"record an event": cost["record"]}
    steps |= {f"deliver a batch of {size}": lines for size, lines in cost["deliver"].items()}
    for step, lines in steps.items():
        for operation, times, writes, reads in lines:
            yield f"| {step} | {times} {operation} | {writes} | {reads:g} |"
    yield ""
    yield "| a million deliveries, US dollars | recording | delivering | SQS | Lambda | together |"
    yield "| --- | --- | --- | --- | --- | --- |"
    seconds = {BATCH: BATCH / speed["later"]["rates"]["worker"][1], 1: 0.21}
    for batch, each in seconds.items():
        price = of_a_million(cost["record"], cost["deliver"][str(batch)], batch=batch, seconds_a_batch=each)
        parts = (price.recording, price.delivering, price.queue, price.function, price.total)
        yield f"| batches of {batch}, receiver answers after 200 ms | {' | '.join(f'{part:.2f}' for part in parts)} |"


if __name__ == "__main__":
    main()
