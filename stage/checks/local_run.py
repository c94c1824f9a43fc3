"""A local run beside the stage, in a process of its own."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from infra import ROOT
from stage.checks.waiting import PATIENCE_SECONDS


@contextmanager
def local_run_at(log: Path, *, admin_key: str) -> Iterator[str]:
    """The address of a local run while the block runs; what it prints goes to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPACEGARDEN_"))}
    given = {"PORT": str(port), "SPACEGARDEN_ADMIN_KEY": admin_key}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.run"],
            cwd=ROOT,
            env={**kept, **given},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = monotonic() + PATIENCE_SECONDS
        while f"ready http://127.0.0.1:{port}" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert monotonic() < deadline, "the local run did not start"
            sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)
