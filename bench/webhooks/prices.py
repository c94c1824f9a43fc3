"""What a million deliveries cost, from counted units and stated prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# US dollars, us-east-1, on-demand, without free tiers.
WRITE_UNITS = 0.625  # a million
READ_UNITS = 0.125  # a million
SQS_REQUESTS = 0.40  # a million
LAMBDA_REQUESTS = 0.20  # a million
LAMBDA_GB_SECOND = 0.0000166667
LAMBDA_GB = 0.5
BATCH = 10


@dataclass(frozen=True)
class Million:
    """US dollars for a million deliveries, by what they are paid for."""

    recording: float
    delivering: float
    queue: float
    function: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.recording + self.delivering + self.queue + self.function


def of_a_million(
    record: Sequence[Sequence[Any]], deliver: Sequence[Sequence[Any]], *, batch: int, seconds_a_batch: float
) -> Million:
    """The price of a million deliveries. `record` are the lines of one event, `deliver` those of a whole batch.

    A line is `[operation, times, write units, read units]`, the units of all times together. SQS's receive and delete,
    and the function, come once a batch too.
    """
    return Million(
        recording=_units(record),
        delivering=_units(deliver) / batch,
        queue=SQS_REQUESTS * (1 + 2 / batch),
        function=(LAMBDA_REQUESTS + seconds_a_batch * LAMBDA_GB * LAMBDA_GB_SECOND * 1e6) / batch,
    )


def _units(lines: Sequence[Sequence[Any]]) -> float:
    return float(sum(writes * WRITE_UNITS + reads * READ_UNITS for _, _, writes, reads in lines))
