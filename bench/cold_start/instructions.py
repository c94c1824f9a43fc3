"""Instructions that a start takes, counted by valgrind: nearly the same on a busy machine as on a quiet one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bench.cold_start.apps import variables

# It ends where Lambda would ask for the first event; what Python does when it exits is no part of a start.
_START = "import os, sys; sys.path[:0] = [sys.argv.pop(1)]; import app; os._exit(0)"
COUNT = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
_TOTAL = re.compile(r"I\s+refs:\s+([\d,]+)")


def can_count() -> bool:
    """Whether valgrind is installed."""
    return shutil.which(COUNT[0]) is not None


def count(task: Path) -> int:
    """The instructions from the start of a process until the app in this folder is loaded."""
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "_HANDLER": "app.app",
        **variables("http://127.0.0.1:1"),
    }
    # As a function is started, but for `-I`, which would hash with another seed each time.
    command = [*COUNT, sys.executable, "-s", "-S", "-B", "-c", _START, str(task)]
    done = subprocess.run(command, cwd=task, env=environment, capture_output=True, text=True, check=False)
    found = _TOTAL.search(done.stderr)
    assert done.returncode == 0, done.stderr
    assert found, done.stderr
    return int(found[1].replace(",", ""))
