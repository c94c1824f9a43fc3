"""GET /admin/queues, and the metrics of the queues."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.chain.queues import JOBS
from chalicelib.core import aws
from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.queues import queue_url
from chalicelib.core.settings import settings
from chalicelib.operations import service, tasks
from chalicelib.operations.service import QUEUES
from chalicelib.webhooks.queues import FAST, SLOW
from tests.operations.queues import empty_queues, fill
from tests.platform import Platform


def _listed(platform: Platform) -> dict[str, dict[str, Any]]:
    answer = platform.call("GET", "/admin/queues", key=settings().admin_key)
    assert answer.status == 200
    return {queue.pop("name"): queue for queue in answer.json["data"]}


def test_each_queue_is_listed_with_its_counts(queues: Platform) -> None:
    fill(FAST.full_name, "one", "two", "three")
    aws.client("sqs").receive_message(QueueUrl=queue_url(FAST.full_name), MaxNumberOfMessages=1)
    aws.client("sqs").send_message(QueueUrl=queue_url(SLOW.full_name), MessageBody="later", DelaySeconds=60)
    fill(JOBS.dead_letter_name, "dead", group="a")
    idle = {"depth": 0, "in_flight": 0, "delayed": 0, "dead_letters": 0, "oldest_age_seconds": None}
    assert _listed(queues) == {
        **{queue.name: idle for queue in service.QUEUES},
        "chain-jobs": {**idle, "dead_letters": 1},
        "webhooks-fast": {**idle, "depth": 2, "in_flight": 1},
        "webhooks-slow": {**idle, "delayed": 1},
        "rewards": idle,
        "space3-jobs": idle,
    }


def test_a_dead_letter_that_is_being_redriven_still_counts(queues: Platform) -> None:
    fill(FAST.dead_letter_name, "dead")
    aws.client("sqs").receive_message(QueueUrl=queue_url(FAST.dead_letter_name))
    assert _listed(queues)[FAST.name]["dead_letters"] == 1


def test_the_list_is_an_envelope(queues: Platform) -> None:
    answer = queues.call("GET", "/admin/queues", key=settings().admin_key)
    assert {name: answer.json[name] for name in ("object", "has_more", "url")} == {
        "object": "list",
        "has_more": False,
        "url": "/admin/queues",
    }


@pytest.mark.parametrize("key", [None, "sg_dev_admin_wrong"])
def test_without_the_admin_key_it_is_401(platform: Platform, key: str | None) -> None:
    answer = platform.call("GET", "/admin/queues", key=key)
    assert (answer.status, answer.error_code) == (401, "UNAUTHORIZED")


@pytest.mark.usefixtures("staging")
def test_a_deployed_stage_tells_the_age_of_the_oldest_message() -> None:
    _publish_age(FAST.full_name, 42, minutes_ago=3)
    _publish_age(FAST.full_name, 77, minutes_ago=2)
    ages = {state.name: state.oldest_age_seconds for state in service.list_queues()}
    assert ages == {queue.name: 77 if queue == FAST else None for queue in QUEUES}


@pytest.mark.usefixtures("staging")
def test_a_deployed_stage_measures_each_queue_in_one_metric_line(capsys: pytest.CaptureFixture[str]) -> None:
    empty_queues()
    fill(FAST.full_name, "one", "two")
    fill(SLOW.dead_letter_name, "dead")
    begun = epoch_millis(now())
    tasks.measure()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    counts = {line["queue"]: (line["queue_depth"], line["queue_dead_letters"]) for line in lines}
    busy = {FAST.name: (2, 0), SLOW.name: (0, 1)}
    assert counts == {queue.name: busy.get(queue.name, (0, 0)) for queue in QUEUES}
    for line in lines:
        assert_is_embedded_metric(line)
        assert line["stage"] == "staging"
        assert begun <= line["_aws"]["Timestamp"] <= epoch_millis(now())


@pytest.mark.usefixtures("staging")
def test_the_oldest_age_is_a_metric_where_it_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    _publish_age(SLOW.full_name, 120, minutes_ago=1)
    tasks.measure()
    lines = {line["queue"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert lines["webhooks-slow"]["queue_oldest_message"] == 120
    assert_is_embedded_metric(lines["webhooks-slow"])
    assert "queue_oldest_message" not in lines["chain-jobs"]


def test_a_local_run_measures_nothing(queues: Platform, capsys: pytest.CaptureFixture[str]) -> None:
    fill(FAST.full_name, "one")
    queues.pump.tick("measure_queues")
    assert capsys.readouterr().out == ""


def assert_is_embedded_metric(line: dict[str, Any]) -> None:
    """What the specification of the format demands of a line."""
    assert isinstance(line["_aws"]["Timestamp"], int)
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"]
    [dimensions] = directive["Dimensions"]
    assert 1 <= len(dimensions) <= 30
    assert all(isinstance(line[name], str) and line[name] for name in dimensions)
    assert 1 <= len(directive["Metrics"]) <= 100
    for metric in directive["Metrics"]:
        assert metric["Unit"] in ("Count", "Milliseconds", "Seconds", "None")
        assert isinstance(line[metric["Name"]], int | float)
    described = {"_aws", *dimensions, *(metric["Name"] for metric in directive["Metrics"])}
    assert set(line) == described, "nothing besides, which would only be stored"


def _publish_age(full_name: str, seconds: int, *, minutes_ago: int) -> None:
    """As SQS publishes it each minute."""
    datum = {
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": full_name}],
        "Timestamp": now() - timedelta(minutes=minutes_ago),
        "Value": seconds,
        "Unit": "Seconds",
    }
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/SQS", MetricData=[datum])
