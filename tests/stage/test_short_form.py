"""What is packed and deployed is what is tested: a stage is put up on this machine, and its short checks are run.

In processes and a network of their own, beside whatever else the tests do. `make test-stage` runs all checks.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ROOT
from stage.__main__ import CANNOT

# The other tests share the machine, so that a start may take as many times longer as there are of them.
_PATIENCE = "10"
_OF_THIS_RUN = ("AWS_", "SPACEGARDEN_", "PYTEST_", "CHALICE_")


def test_a_machine_that_cannot_have_a_stage_is_told_why_in_one_line() -> None:
    command = [sys.executable, "-m", "stage"]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=False)
    assert done.returncode == CANNOT
    assert done.stderr == "no stage on this machine: a stage needs Linux with `unshare` (package util-linux)\n"


def test_the_deployed_stage_passes_its_short_checks(tmp_path: Path) -> None:
    checks = [sys.executable, "-m", "pytest", "stage/checks", "-m", "not long", "--durations=5"]
    options = ["--port", "0", "--patience", _PATIENCE, "--folder", str(tmp_path / "stage")]
    command = [sys.executable, "-m", "stage", *options, "--", *checks]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THIS_RUN)}
    done = subprocess.run(command, cwd=ROOT, env=kept, capture_output=True, text=True, check=False)
    if done.returncode == CANNOT:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
