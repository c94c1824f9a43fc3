"""What a million calls of each kind cost on AWS, and a stage at rest.

`python -m bench.costs` prints the tables of docs/operations.md.

DynamoDB's units come from the capacity table in docs/performance.md, which a test compares with what the calls really
do. The parts of a stage come from its template. The rest follows from the prices and times stated here. A test compares
these tables with the document.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.capacity import HEAD as CAPACITY_HEAD
from bench.webhooks.prices import BATCH, LAMBDA_REQUESTS, READ_UNITS, SQS_REQUESTS, WRITE_UNITS

_CAPACITY = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
HEAD = (
    "| a million of | DynamoDB | Lambda | SQS | logs, traces | sum | API Gateway | together |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
)

AT_REST_HEAD = ("| at rest, a month | US dollars |", "| --- | --- |")

# US dollars, us-east-1, on-demand, without free tiers; those of DynamoDB, SQS and a request to Lambda are
# bench/webhooks/prices.py's.
API_CALLS = 3.50  # a million
ARM_GB_SECOND = 0.0000133334
LOG_GB = 0.50
TRACES = 5.00  # a million
TRACED_SHARE = 0.05
# Assumed: what a call takes of a warm function's time, of its log, and of the chain's node.
API_SECONDS, API_GB = 0.025, 0.5
CHAIN_SECONDS, CHAIN_GB = 1.0, 1.0
RECEIVER_SECONDS = 0.2
LOG_KB = 0.5
# A month of an alarm, a metric, a key, a secret, a dashboard; a thousand metrics read from CloudWatch.
ALARM, METRIC, KEY, SECRET, DASHBOARD = 0.10, 0.30, 1.00, 0.40, 3.00
THOUSAND_METRICS_ASKED = 0.01
MINUTES = 30 * 24 * 60
# Each queue has three metrics; the others are those of sweeps, attempts, breakers and signers.
METRICS_A_QUEUE, OTHER_METRICS = 3, 12
# Lambda waits at each queue with five polls of 20 s; a sweep asks eight shards and takes a tenth of a second.
POLLS_A_MINUTE, SHARDS, SWEEP_SECONDS = 15, 8, 0.1
# An action on a minted NFT and a mint each send one message; it is sent, received and deleted.
_SENDS = ("newActionForUser, minted", "mintTokenForUser")
_REQUESTS_A_MESSAGE = 3


@dataclass(frozen=True)
class Cost:
    """US dollars for a million calls of one kind; `watching` is logs and traces."""

    what: str
    dynamodb: float
    gateway: float
    function: float
    queue: float
    watching: float

    @property
    def own(self) -> float:
        """All but API Gateway, whose price nothing of ours changes."""
        return self.dynamodb + self.function + self.queue + self.watching

    @property
    def total(self) -> float:
        """All of it."""
        return self.own + self.gateway


def costs() -> Iterator[Cost]:
    """The cost of each line of the capacity table."""
    lines = _CAPACITY.read_text().splitlines()
    begin = lines.index(CAPACITY_HEAD[0]) + len(CAPACITY_HEAD)
    for line in lines[begin:]:
        if not line.startswith("|"):
            return
        name, *_, reads, writes = (cell.strip() for cell in line.strip("|").split("|"))
        yield _cost(name, float(reads) * READ_UNITS + float(writes) * WRITE_UNITS)


def _cost(name: str, dynamodb: float) -> Cost:
    watching = LOG_KB * LOG_GB + TRACES * TRACED_SHARE
    if "a webhook, delivered" in name:
        function = (LAMBDA_REQUESTS + _seconds(RECEIVER_SECONDS + API_SECONDS, API_GB)) / BATCH
        return Cost(name, dynamodb, 0, function, SQS_REQUESTS * (1 + 2 / BATCH), watching / BATCH)
    if name.startswith("worker:"):
        # The message that starts it is counted with the call that sends it; another one confirms.
        function = LAMBDA_REQUESTS + _seconds(CHAIN_SECONDS, CHAIN_GB)
        return Cost(name, dynamodb, 0, function, SQS_REQUESTS * _REQUESTS_A_MESSAGE, watching)
    queue = SQS_REQUESTS * _REQUESTS_A_MESSAGE if name.startswith(_SENDS) else 0
    return Cost(name, dynamodb, API_CALLS, LAMBDA_REQUESTS + _seconds(API_SECONDS, API_GB), queue, watching)


def _seconds(seconds: float, gigabytes: float) -> float:
    return seconds * gigabytes * ARM_GB_SECOND * 1e6


def table() -> list[str]:
    """The lines of the table."""
    return [*HEAD, *(_line(cost) for cost in costs())]


def _line(cost: Cost) -> str:
    parts = (cost.dynamodb, cost.function, cost.queue, cost.watching, cost.own, cost.gateway, cost.total)
    return f"| {cost.what} | {' | '.join(f'{part:.2f}' for part in parts)} |"


def at_rest(resources: Mapping[str, Any]) -> list[str]:
    """The lines of the table of a month without a call, for the resources of a stage's template."""
    kinds = Counter(resource["Type"] for resource in resources.values())
    events = [event for each in resources.values() for event in each["Properties"].get("Events", {}).values()]
    queues = sum(event["Type"] == "SQS" for event in events)
    runs = sum(event["Type"] == "Schedule" for event in events) * MINUTES
    metrics = METRICS_A_QUEUE * queues + OTHER_METRICS
    parts = {
        f"{kinds['AWS::CloudWatch::Alarm']} alarms": kinds["AWS::CloudWatch::Alarm"] * ALARM,
        f"{metrics} own metrics": metrics * METRIC,
        f"{kinds['AWS::KMS::Key']} keys": kinds["AWS::KMS::Key"] * KEY,
        f"{kinds['AWS::SecretsManager::Secret']} secret": kinds["AWS::SecretsManager::Secret"] * SECRET,
        "the dashboard": DASHBOARD,
        "CloudWatch asked for the queues' ages": queues * MINUTES / 1000 * THOUSAND_METRICS_ASKED,
        f"polls at {queues} queues": queues * POLLS_A_MINUTE * MINUTES / 1e6 * SQS_REQUESTS,
        "sweeps": runs / 1e6 * (LAMBDA_REQUESTS + _seconds(SWEEP_SECONDS, API_GB) + SHARDS * READ_UNITS),
    }
    together = {**parts, "together": sum(parts.values())}
    return [*AT_REST_HEAD, *(f"| {what} | {dollars:.2f} |" for what, dollars in together.items())]


if __name__ == "__main__":
    from infra.template.assembled import template_of

    print("\n".join([*table(), "", *at_rest(template_of("prod")["Resources"])]))
