"""Metrics as log lines in CloudWatch's embedded metric format, so that none of them costs a request.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Literal

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.settings import settings

Unit = Literal["Count", "Milliseconds", "Seconds", "None"]
NAMESPACE = "Spacegarden"
FAILURES = "failures"


def emit(metrics: Mapping[str, tuple[float, Unit]], **dimensions: str) -> None:
    """Writes one line that CloudWatch reads as these metrics; each of `dimensions` must have few different values.

    A local run writes nothing: nobody graphs a terminal.
    """
    if settings().is_local:
        return
    dimensions = {"stage": settings().stage, **dimensions}
    definitions = [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()]
    line = {
        "_aws": {
            "Timestamp": epoch_millis(now()),
            "CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": definitions}],
        },
        **dimensions,
        **{name: value for name, (value, _) in metrics.items()},
    }
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


def count_failures(number: int) -> None:
    """Counts answers of 5xx, or messages that were handed back, by the version of the function that failed.

    Lambda itself counts neither: for it the function has answered. An alarm on this metric rolls a new version back.
    """
    function, version = (os.environ.get(f"AWS_LAMBDA_FUNCTION_{name}") for name in ("NAME", "VERSION"))
    if number and function and version:
        emit({FAILURES: (number, "Count")}, function=function, version=version)
