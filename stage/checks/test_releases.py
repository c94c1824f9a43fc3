"""Releases that fail, and one that does not: a new version gets a share of the calls, and its own alarms judge it."""

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import pytest

from chalicelib.oauth.queues import ROTATE_KEYS, ROTATIONS
from infra import LOCAL, ROOT
from infra.template.release import ALIAS
from infra.zip import archive
from stage.checks.changes import FAILING_ROTATION, RELEASE_2, UNHEALTHY
from stage.checks.conftest import DeployedStage
from stage.emulator.process import Emulator
from stage.world import MACHINE

pytestmark = pytest.mark.long


class Sources(NamedTuple):
    """A copy of the project's sources, of which a release can be made that is not the project's own."""

    folder: Path


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """The sources, with the installed libraries beside them."""
    for name in (*archive.FILES, "requirements.txt", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("chalicelib", "infra", ".chalice", "tools"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / LOCAL.name).symlink_to(LOCAL)
    return Sources(tmp_path)


class Traffic:
    """Calls of `/health` by some callers until they are stopped; `statuses` counts the answers."""

    def __init__(self, stage: DeployedStage) -> None:
        self.statuses: Counter[int] = Counter()
        self._stopped = Event()
        # Each with a connection of its own. Some of them wait for the new version to start.
        self._callers = [Thread(target=self._call, args=(DeployedStage(stage.folder),)) for _ in range(4)]
        for each in self._callers:
            each.start()

    def stop(self) -> None:
        """Stops the callers."""
        self._stopped.set()
        for each in self._callers:
            each.join()

    def _call(self, stage: DeployedStage) -> None:
        while not self._stopped.wait(0.1):
            self.statuses[stage.call("GET", "/health").status_code] += 1


@pytest.fixture
def traffic(stage: DeployedStage) -> Iterator[Traffic]:
    """Calls that are made while the test runs."""
    made = Traffic(stage)
    yield made
    made.stop()


def _deploy(stage: DeployedStage, sources: Sources, *parameters: str) -> "subprocess.CompletedProcess[str]":
    """Deploys over the stage that is up, by the command that `make deploy` runs."""
    command = [sys.executable, "-m", "infra.deploy", "staging", *parameters, "--machine", MACHINE]
    environment = Emulator(stage.about.emulator, Path(stage.about.refusals)).owner_environment()
    return subprocess.run(
        command,
        cwd=sources.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(sources.folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def _aliases(stage: DeployedStage) -> dict[str, Any]:
    """The version that each function's alias leads to and the weights of others, as JSON, by the function's name."""
    client = stage.session.create_client("lambda")
    found = {}
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["FunctionName"].startswith(f"{stage.about.stack}-"):
                alias = client.get_alias(FunctionName=function["FunctionName"], Name=ALIAS)
                weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
                found[function["FunctionName"]] = (alias["FunctionVersion"], json.dumps(weights))
    return found


def _status(stage: DeployedStage) -> str:
    [described] = stage.session.create_client("cloudformation").describe_stacks(StackName=stage.about.stack)["Stacks"]
    return str(described["StackStatus"])


def test_a_release_that_answers_500_is_taken_back_by_its_alarms(
    stage: DeployedStage, sources: Sources, traffic: Traffic
) -> None:
    before = _aliases(stage)
    UNHEALTHY.make(sources.folder)
    done = _deploy(stage, sources)
    assert done.returncode == 1, done.stdout
    assert "new versions take a tenth of the calls" in done.stdout
    assert "spacegarden-staging-api-handler-new-version-failures" in done.stderr
    assert _status(stage) == "UPDATE_ROLLBACK_COMPLETE"
    assert _aliases(stage) == before
    failed, answered = traffic.statuses[500], traffic.statuses.total()
    assert set(traffic.statuses) == {200, 500}
    assert 0 < failed < answered / 4, "a share of the callers saw it"
    traffic.statuses.clear()
    for _ in range(50):
        assert stage.call("GET", "/health").status_code == 200


def test_a_worker_that_fails_is_taken_back_too(stage: DeployedStage, sources: Sources) -> None:
    before = _aliases(stage)
    FAILING_ROTATION.make(sources.folder)
    stopped = Event()

    def rotate() -> None:
        sqs = stage.session.create_client("sqs")
        url = sqs.get_queue_url(QueueName=f"{stage.about.stack}-{ROTATIONS.name}")["QueueUrl"]
        while not stopped.wait(0.1):
            message = {"version": 1, "task": ROTATE_KEYS, "rotation_id": "none of ours"}
            sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    sender = Thread(target=rotate)
    sender.start()
    try:
        done = _deploy(stage, sources)
    finally:
        stopped.set()
        sender.join()
    assert done.returncode == 1, done.stdout
    assert "spacegarden-staging-rotate-signing-keys-new-version-failures" in done.stderr
    assert _aliases(stage) == before


def test_a_release_that_works_takes_all_calls_in_the_end(
    stage: DeployedStage, sources: Sources, traffic: Traffic
) -> None:
    before = _aliases(stage)
    RELEASE_2.make(sources.folder)
    done = _deploy(stage, sources)
    assert done.returncode == 0, done.stderr
    after = _aliases(stage)
    assert set(traffic.statuses) == {200}
    assert all(after[name] != before[name] and after[name][1] == "{}" for name in before)
    assert {stage.call("GET", "/health").json().get("release") for _ in range(20)} == {2}


def test_an_urgent_fix_takes_all_calls_at_once(stage: DeployedStage, sources: Sources) -> None:
    done = _deploy(stage, sources, "Canary=off")
    assert done.returncode == 0, done.stderr
    assert "take a tenth" not in done.stdout
    assert "release" not in stage.call("GET", "/health").json()


def test_a_setting_is_a_release_too_and_nothing_new_is_none(stage: DeployedStage, sources: Sources) -> None:
    before = _aliases(stage)
    assert "nothing has changed" in _deploy(stage, sources, "Canary=off").stdout
    assert _aliases(stage) == before
    done = _deploy(stage, sources, "Canary=off", "LogRetentionDays=14")
    assert done.returncode == 0, done.stderr
    after = _aliases(stage)
    assert all(after[name] != before[name] for name in before)
