"""Mints a second and gas a mint, one by one and in batches of fifty: `make bench-chain`.

Measures one worker from the queued job to the reported outcome, with rows in the embedded engine, on each node that is
installed. Prints the table of docs/performance.md.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from statistics import median
from time import perf_counter

from tests.chain.anvil import anvil_path
from tests.chain.world import World, embedded_world, quick_world

_ONE_BY_ONE, _BATCH, _ROUNDS = 20, 50, 3
# On a busy machine the embedded node is slow, and a mint that is put off is no measurement.
_PATIENCE_SECONDS = 120


def measured(world: World) -> Iterator[str]:
    """The cells of a row for each way."""
    singly = [_timed(world, range(start, start + _ONE_BY_ONE), at_once=1) for start in _starts(1_000)]
    together = [_timed(world, range(start, start + _BATCH), at_once=_BATCH) for start in _starts(100_000)]
    for way, rounds in (("one a transaction", singly), (f"{_BATCH} a transaction", together)):
        rates, gas = [rate for rate, _ in rounds], [each for _, each in rounds]
        yield f"{way} | {median(rates):.1f} ({min(rates):.1f}, {max(rates):.1f}) | {median(gas):,.0f}"


def _starts(first: int) -> range:
    return range(first, first + 1_000 * _ROUNDS, 1_000)


def _timed(world: World, tokens: range, *, at_once: int) -> tuple[float, float]:
    """Mints a second, and gas a mint."""
    seconds = 0.0
    for start in tokens[::at_once]:
        world.mint(*range(start, start + at_once))
        begun = perf_counter()
        world.work(start)
        world.confirm()
        seconds += perf_counter() - begun
    receipts = [world.raw.receipt(tx) for tx in {world.assert_minted(token_id) for token_id in tokens}]
    return len(tokens) / seconds, sum(receipt.gas_used for receipt in receipts if receipt) / len(tokens)


def main() -> None:
    """Prints what is measured, as soon as it is."""
    from local.engine import start_engine

    start_engine()
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from tests.platform import start_platform

    start_platform()
    logging.disable()
    nodes: dict[str, Callable[..., AbstractContextManager[World]]] = {"embedded": embedded_world}
    if anvil_path() is not None:
        nodes["anvil"] = quick_world
    print("| node | mints | mints a second, median (lowest, highest) | gas a mint |")
    print("| --- | --- | --- | --- |")
    for name, world_of in nodes.items():
        with world_of(node_seconds=_PATIENCE_SECONDS) as world:
            for cells in measured(world):
                print(f"| {name} | {cells} |", flush=True)
    load = os.getloadavg()[0]
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load average {load:.1f}.")


if __name__ == "__main__":
    main()
