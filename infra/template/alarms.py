"""What wakes somebody, and the dashboard. docs/operations.md says what each alarm means and what to do."""

import json
from collections.abc import Iterable
from typing import Any

from chalicelib.core.metrics import NAMESPACE
from infra.permissions import API
from infra.template.functions import Function
from infra.template.stage import Resource, Resources, Stage, logical, own_name, queues, tables

_MINUTE = 60
_OVERDUE_SECONDS = 300
_QUEUE_SECONDS = 900
TOPIC = "AlarmTopic"


def alarm_resources(stage: Stage, functions: Iterable[Function]) -> Resources:
    """The topic that alarms speak to, and the alarms."""
    functions = list(functions)
    made: Resources = {TOPIC: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{stage.prefix}alarms"}}}
    made["AlarmSubscription"] = {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasAlarmEmail",
        "Properties": {"TopicArn": {"Ref": TOPIC}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}},
    }
    api = {"ApiName": stage.prefix.rstrip("-"), "Stage": "api"}
    made |= _alarm(stage, "api-5xx", "AWS/ApiGateway", "5XXError", api, above=5, says="Requests end in a 5xx")
    made |= _alarm(
        stage, "api-slow", "AWS/ApiGateway", "Latency", api, above=5000, stat="p99", times=3, says="p99 is above 5 s"
    )
    for function in functions:
        dimensions = {"FunctionName": stage.prefix + function.name.replace("_", "-")}
        for metric in ("Throttles", "Errors"):
            said = f"{function.name}: {metric.lower()}"
            name = f"{function.name}-{metric}".lower().replace("_", "-")
            made |= _alarm(stage, name, "AWS/Lambda", metric, dimensions, above=0, times=3, says=said)
    for table in tables():
        dimensions = {"TableName": stage.prefix + table}
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            name = f"{table}-{metric[:-14].lower()}-throttles"
            made |= _alarm(stage, name, "AWS/DynamoDB", metric, dimensions, above=0, times=3, says=f"{table} throttles")
    for queue in queues():
        made |= _alarm(
            stage,
            f"{queue.name}-dead-letters",
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": stage.prefix + own_name(queue.dead_letter_name)},
            above=0,
            stat="Maximum",
            says=f"A message of {queue.name} was given up",
        )
        made |= _alarm(
            stage,
            f"{queue.name}-behind",
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            {"QueueName": stage.prefix + own_name(queue.full_name)},
            above=_QUEUE_SECONDS,
            stat="Maximum",
            times=3,
            says=f"The oldest message of {queue.name} waits for 15 minutes",
        )
    made |= _alarm(
        stage,
        "deliveries-overdue",
        NAMESPACE,
        "oldest_overdue_delivery",
        {"stage": stage.name},
        above=_OVERDUE_SECONDS,
        stat="Maximum",
        times=3,
        missing="breaching",
        says="A webhook delivery is overdue by five minutes, or the sweep does not run",
    )
    for chain in stage.chains:
        made |= _signer_alarm(stage, chain)
    return made


def _signer_alarm(stage: Stage, chain: str) -> Resources:
    [(name, alarm)] = _alarm(
        stage,
        f"signer-{chain}-low",
        NAMESPACE,
        "signer_balance",
        {"stage": stage.name, "chain": chain},
        above=0,
        stat="Minimum",
        times=15,
        missing="breaching",
        says=f"The signer of {chain} runs out of coins, or its node does not answer",
    ).items()
    alarm["Properties"] |= {"ComparisonOperator": "LessThanThreshold", "Threshold": {"Ref": "SignerBalanceLow"}}
    return {name: alarm}


def _alarm(
    stage: Stage,
    name: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, str],
    *,
    above: float,
    says: str,
    stat: str = "Sum",
    times: int = 1,
    missing: str = "notBreaching",
) -> Resources:
    statistic = {"ExtendedStatistic": stat} if stat.startswith("p") else {"Statistic": stat}
    properties: Resource = {
        "AlarmName": stage.prefix + name,
        "AlarmDescription": f"{says}. What to do: docs/operations.md, Alarms.",
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        **statistic,
        "Period": _MINUTE,
        "EvaluationPeriods": times,
        "DatapointsToAlarm": times,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": above,
        "TreatMissingData": missing,
        "AlarmActions": [{"Ref": TOPIC}],
        "OKActions": [{"Ref": TOPIC}],
    }
    return {logical(name, "alarm"): {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}


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
