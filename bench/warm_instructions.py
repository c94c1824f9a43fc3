"""Instructions of a warm call, counted by valgrind: nearly the same on a busy machine as on a quiet one.

One process loads the app and its minimum and makes the calls until they are warm. Then it forks a child that
does nothing, and one for the calls of each. What such a child counts beyond the first is what its calls take.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

from bench.cold_start.instructions import COUNT
from bench.warm import NOBODY, subjects

CALLS, WARM = 40, 30
_TOTAL = re.compile(r"==(\d+)== I\s+refs:\s+([\d,]+)")


def counted(recording: str) -> dict[str, tuple[float, float]]:
    """Millions of instructions of each call, and of its minimum, by the call's name."""
    environment = {"AWS_DEFAULT_REGION": "eu-central-1", **os.environ, **NOBODY, "PYTHONHASHSEED": "0"}
    command = [*COUNT, sys.executable, "-m", "bench.warm_instructions", recording]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    totals = {int(pid): int(total.replace(",", "")) for pid, total in _TOTAL.findall(done.stderr)}
    children: dict[str, list[int]] = json.loads(done.stdout.splitlines()[-1])
    figures = {}
    for name, pids in children.items():
        nothing, ours, floor = (totals[pid] for pid in pids)
        figures[name] = ((ours - nothing) / CALLS / 1e6, (floor - nothing) / CALLS / 1e6)
    return figures


def main(recording: str) -> None:
    """Makes the calls, under valgrind, and prints which child made which."""
    children: dict[str, list[int]] = {}
    for name, ours, floor in subjects(recording):
        for _ in range(WARM):
            ours()
            floor()
        children[name] = [_child(lambda: None, 0), _child(ours, CALLS), _child(floor, CALLS)]
    print(json.dumps(children))


def _child(call: Callable[[], object], times: int) -> int:
    pid = os.fork()
    if pid == 0:
        for _ in range(times):
            call()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    return pid


if __name__ == "__main__":
    main(sys.argv[1])
