"""What a million calls of each kind cost on AWS: `python -m bench.costs` prints the table of docs/operations.md.

DynamoDB's units are those of the capacity table in docs/performance.md, which a test compares with what the calls
really do; the rest follows from the prices and times stated here. A test compares this table with the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.capacity import HEAD as CAPACITY_HEAD
from bench.webhooks.prices import BATCH, LAMBDA_REQUESTS, READ_UNITS, SQS_REQUESTS, WRITE_UNITS

_CAPACITY = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
HEAD = (
    "| a million of | DynamoDB | API Gateway | Lambda | SQS | logs, traces | together |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)

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
# An action on a minted NFT and a mint each send one message; it is sent, received and deleted.
_SENDS = ("newActionForUser, minted", "mintTokenForUser")
_REQUESTS_A_MESSAGE = 3


@dataclass(frozen=True)
class Cost:
    """Dollars for a million of something."""

    what: str
    dynamodb: float
    gateway: float
    function: float
    queue: float
    watching: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.dynamodb + self.gateway + self.function + self.queue + self.watching


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
    parts = (cost.dynamodb, cost.gateway, cost.function, cost.queue, cost.watching, cost.total)
    return f"| {cost.what} | {' | '.join(f'{part:.2f}' for part in parts)} |"


if __name__ == "__main__":
    print("\n".join(table()))
