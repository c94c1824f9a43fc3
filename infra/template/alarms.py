"""The alarms and the dashboard. docs/operations.md says what each alarm means and what to do."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.core.metrics import NAMESPACE
from infra.roles.permissions import API
from infra.template.functions import Function
from infra.template.stage import Resource, Resources, Stage, logical, own_name, queues, tables

_MINUTE = 60
_OVERDUE_SECONDS = 300
_QUEUE_SECONDS = 900
TOPIC = "AlarmTopic"
API_FAILS = "api-5xx"


class Watch(NamedTuple):
    """An alarm: what it measures, and when it rings.

    It rings when `stat` of a minute is above `above` (or as `comparison` says) in `times` minutes out of `within`, or
    in a row without `within`. An alarm without `wakes` notifies nobody; a deployment reads its state.
    """

    name: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str | Resource]
    above: float | Resource
    description: str
    stat: str = "Sum"
    times: int = 1
    within: int | None = None
    missing: str = "notBreaching"
    comparison: str = "GreaterThanThreshold"
    wakes: bool = True


def alarm_resources(stage: Stage, functions: Iterable[Function]) -> Resources:
    """The topic that alarms notify, and the alarms."""
    topic: Resource = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stage.prefix}alarms"}}
    subscription = {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasAlarmEmail",
        "Properties": {"TopicArn": {"Ref": TOPIC}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}},
    }
    watches = [*_of_api(stage), *_of_functions(stage, functions), *_of_tables(stage), *_of_queues(stage)]
    watches += [_of_deliveries(stage), *_of_signers(stage), *_of_contracts(stage)]
    return {TOPIC: topic, "AlarmSubscription": subscription, **alarms(stage, watches)}


def alarms(stage: Stage, watches: Iterable[Watch]) -> Resources:
    """The resources of alarms."""
    return {logical(watch.name, "alarm"): _alarm(stage, watch) for watch in watches}


def _of_api(stage: Stage) -> Iterator[Watch]:
    namespace, api = "AWS/ApiGateway", {"ApiName": stage.prefix.rstrip("-"), "Stage": "api"}
    yield Watch(API_FAILS, namespace, "5XXError", api, above=5, description="Requests end in a 5xx")
    yield Watch("api-slow", namespace, "Latency", api, above=5000, stat="p99", times=3, description="p99 is above 5 s")


def _of_functions(stage: Stage, functions: Iterable[Function]) -> Iterator[Watch]:
    for function in functions:
        dimensions = {"FunctionName": stage.prefix + function.name.replace("_", "-")}
        for metric in ("Throttles", "Errors"):
            summary = f"{function.name}: {metric.lower()}"
            name = f"{function.name}-{metric}".lower()
            yield Watch(name, "AWS/Lambda", metric, dimensions, above=0, times=3, description=summary)


def _of_tables(stage: Stage) -> Iterator[Watch]:
    for table in tables():
        dimensions = {"TableName": stage.prefix + table}
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            name = f"{table}-{metric[:-14].lower()}-throttles"
            yield Watch(name, "AWS/DynamoDB", metric, dimensions, above=0, times=3, description=f"{table} throttles")


def _of_queues(stage: Stage) -> Iterator[Watch]:
    for queue in queues():
        yield Watch(
            f"{queue.name}-dead-letters",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": stage.prefix + own_name(queue.dead_letter_name)},
            above=0,
            stat="Maximum",
            description=f"A message of {queue.name} was given up",
        )
        yield Watch(
            f"{queue.name}-behind",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": stage.prefix + own_name(queue.full_name)},
            above=_QUEUE_SECONDS,
            stat="Maximum",
            times=3,
            description=f"The oldest message of {queue.name} waits for 15 minutes",
        )


def _of_deliveries(stage: Stage) -> Watch:
    return Watch(
        "deliveries-overdue",
        NAMESPACE,
        "oldest_overdue_delivery",
        {"stage": stage.name},
        above=_OVERDUE_SECONDS,
        stat="Maximum",
        times=3,
        missing="breaching",
        description="A webhook delivery is overdue by five minutes, or the sweep does not run",
    )


def _of_signers(stage: Stage) -> Iterator[Watch]:
    for chain in stage.chains:
        yield Watch(
            f"signer-{chain}-low",
            NAMESPACE,
            "signer_balance",
            {"stage": stage.name, "chain": chain},
            above={"Ref": "SignerBalanceLow"},
            comparison="LessThanThreshold",
            stat="Minimum",
            times=15,
            missing="breaching",
            description=f"The signer of {chain} runs out of coins, or its node does not answer",
        )


def _of_contracts(stage: Stage) -> Iterator[Watch]:
    for chain in stage.chains:
        yield Watch(
            f"contracts-{chain}-without-role",
            NAMESPACE,
            "contracts_without_role",
            {"stage": stage.name, "chain": chain},
            above=0,
            stat="Maximum",
            description=f"A collection's contract on {chain} does not let us mint any more",
        )


def _alarm(stage: Stage, watch: Watch) -> Resource:
    is_percentile = watch.stat.startswith("p")
    notify = {"AlarmActions": [{"Ref": TOPIC}], "OKActions": [{"Ref": TOPIC}]}
    properties: Resource = {
        "AlarmName": stage.prefix + watch.name.replace("_", "-"),
        "AlarmDescription": f"{watch.description}. What to do: docs/operations.md, Alarms.",
        "Namespace": watch.namespace,
        "MetricName": watch.metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in watch.dimensions.items()],
        "ExtendedStatistic" if is_percentile else "Statistic": watch.stat,
        "Period": _MINUTE,
        "EvaluationPeriods": watch.within or watch.times,
        "DatapointsToAlarm": watch.times,
        "ComparisonOperator": watch.comparison,
        "Threshold": watch.above,
        "TreatMissingData": watch.missing,
        **(notify if watch.wakes else {}),
    }
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def dashboard_resources(stage: Stage, functions: Iterable[Function]) -> Resources:
    """One page: requests, functions, queues, webhooks, tables, signers."""
    api = ["ApiName", stage.prefix.rstrip("-"), "Stage", "api"]
    names = {function.name: stage.prefix + function.name.replace("_", "-") for function in functions}
    workers = {name: full for name, full in names.items() if name != API}
    widgets = [
        _graph("Requests", [["AWS/ApiGateway", metric, *api] for metric in ("Count", "4XXError", "5XXError")]),
        _graph("Latency, ms", [["AWS/ApiGateway", "Latency", *api, {"stat": stat}] for stat in ("p50", "p95", "p99")]),
        _graph("Function errors and throttles", _each(names, "AWS/Lambda", ("Errors", "Throttles"), "FunctionName")),
        _graph("Functions at once", _each(names, "AWS/Lambda", ("ConcurrentExecutions",), "FunctionName"), "Maximum"),
        _graph("Workers, ms", _each(workers, "AWS/Lambda", ("Duration",), "FunctionName"), "p95"),
        _graph("Messages waiting", _own_queues("queue_depth", stage), "Maximum"),
        _graph("Oldest message, s", _own_queues("queue_oldest_message", stage), "Maximum"),
        _graph("Dead letters", _own_queues("queue_dead_letters", stage), "Maximum"),
        _graph(
            "Webhooks swept, oldest overdue",
            [[NAMESPACE, name, "stage", stage.name] for name in ("deliveries_swept", "oldest_overdue_delivery")],
            "Maximum",
        ),
        _graph(
            "Table units",
            _each(
                {name: stage.prefix + name for name in tables()},
                "AWS/DynamoDB",
                ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"),
                "TableName",
            ),
        ),
        _graph(
            "Signers' balances",
            [[NAMESPACE, "signer_balance", "stage", stage.name, "chain", chain] for chain in stage.chains],
            "Minimum",
        ),
    ]
    placed = [
        {**widget, "x": 12 * (number % 2), "y": 6 * (number // 2), "width": 12, "height": 6}
        for number, widget in enumerate(widgets)
        if widget["properties"]["metrics"]
    ]
    body = json.dumps({"widgets": placed}, separators=(",", ":"))
    return {
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": stage.prefix.rstrip("-"), "DashboardBody": {"Fn::Sub": body}},
        }
    }


def _each(names: dict[str, str], namespace: str, metrics: Iterable[str], dimension: str) -> list[list[Any]]:
    return [
        [namespace, metric, dimension, full, {"label": f"{name} {metric}"}]
        for metric in metrics
        for name, full in names.items()
    ]


def _own_queues(metric: str, stage: Stage) -> list[list[Any]]:
    return [[NAMESPACE, metric, "stage", stage.name, "queue", queue.name, {"label": queue.name}] for queue in queues()]


def _graph(title: str, metrics: list[list[Any]], stat: str = "Sum") -> dict[str, Any]:
    properties = {
        "title": title,
        "metrics": metrics,
        "stat": stat,
        "period": _MINUTE,
        "region": "${AWS::Region}",
        "view": "timeSeries",
    }
    return {"type": "metric", "properties": properties}
