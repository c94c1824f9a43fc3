"""What CloudWatch counts of a stage: errors by version, metrics that functions write as log lines, 5xx answers.

They are sent to the emulator twice a second; the deployed alarms judge releases by them.
"""

import json
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

_SEND_SECONDS = 0.5
_MOST_AT_ONCE = 500


class Metrics:
    """Counts, and sends what it counted in a thread of its own until it is closed."""

    def __init__(self, session: Session) -> None:
        self._cloudwatch = session.create_client("cloudwatch")
        self._waiting: SimpleQueue[tuple[str, dict[str, Any]]] = SimpleQueue()
        self._closed = Event()
        self._thread = Thread(target=self._send_on, daemon=True)
        self._thread.start()

    def count(self, namespace: str, name: str, dimensions: Mapping[str, str], value: float = 1.0) -> None:
        """Adds a value to a metric."""
        named = [{"Name": key, "Value": each} for key, each in dimensions.items()]
        self._waiting.put((namespace, {"MetricName": name, "Dimensions": named, "Value": value}))

    def read(self, line: bytes) -> None:
        """Counts what a log line declares as metrics, in CloudWatch's embedded metric format."""
        if b'"_aws"' not in line:
            return
        try:
            content = json.loads(line)
        except ValueError:
            return
        for declared in content["_aws"]["CloudWatchMetrics"]:
            for names in declared["Dimensions"]:
                dimensions = {name: str(content[name]) for name in names}
                for metric in declared["Metrics"]:
                    self.count(declared["Namespace"], metric["Name"], dimensions, content[metric["Name"]])

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        self._thread.join()

    def _send_on(self) -> None:
        while not self._closed.wait(_SEND_SECONDS):
            for namespace, data in self._taken().items():
                try:
                    self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=data)
                except (BotoCoreError, ClientError):
                    return  # the emulator has ended

    def _taken(self) -> dict[str, list[dict[str, Any]]]:
        taken: dict[str, list[dict[str, Any]]] = {}
        for _ in range(_MOST_AT_ONCE):
            try:
                namespace, datum = self._waiting.get_nowait()
            except Empty:
                break
            taken.setdefault(namespace, []).append(datum)
        return taken
