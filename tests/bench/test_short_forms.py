"""Benchmarks still run and tell what they are for; their figures are measured by `make bench-…`, on a quiet machine."""

import json
import os
import re
import subprocess
import sys

import pytest

from bench.webhooks.receiver import receiving
from infra import ROOT, lambda_runtime

_FIGURES = r"[0-9.]+"


def _said_by(*command: str) -> str:
    # The benchmark has an engine of its own, and so a signer without coins on the chain of this run.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPACEGARDEN_CHAIN")}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_warm_call_is_measured_beside_its_floor() -> None:
    said = _said_by("bench.warm", "--quick")
    for name in ("newActionForUser", "getNftByTokenId"):
        assert re.search(rf"^\| {name} \| {_FIGURES} \| {_FIGURES} \| {_FIGURES} \|$", said, re.MULTILINE), said


def test_a_cold_start_is_measured_beside_its_floors() -> None:
    lambda_runtime.install_client()
    said = _said_by("bench.cold_start", "--runs", "1")
    rows = re.findall(rf"^\| ([^|]+) (?:\| {_FIGURES} ){{7}}\|$", said, re.MULTILINE)
    assert len(rows) == 5, said
    assert "one route, same libraries" in rows


@pytest.mark.parametrize("figure", ["cost", "duplicates"])
def test_webhooks_are_measured(figure: str) -> None:
    with receiving() as receiver:
        said = _said_by("bench.webhooks.embedded", figure, receiver.url, "2")
    assert json.loads(said.splitlines()[-1])


def test_recoveries_and_cancellations_are_measured() -> None:
    said = _said_by("bench.webhooks.restarts", "--pages", "1")
    for name in (
        "begun anew",
        "begun anew in order, each about another subject",
        "begun anew in order, all about one subject",
        "canceled",
    ):
        assert re.search(rf"^\| {name} (?:\| {_FIGURES} ){{4}}\|$", said, re.MULTILINE), said
