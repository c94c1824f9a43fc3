"""Charts as numbers: rectangles in a box of fixed units, which the template draws as SVG."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from chalicelib.gardenlab.service import timeline
from chalicelib.webhooks.service.statistics import Outcomes

# How many days the charts show; the longest is how far the counts go back.
RANGES = (7, 14, timeline.DAYS)
WIDTH, HEIGHT = 600, 120
_GAP = 0.3
_LEAST = 2.0  # so that a small value beside a large one is still visible


class Bar(NamedTuple):
    """A rectangle; `series` says which of the chart's series it shows."""

    x: float
    y: float
    width: float
    height: float
    series: int


class Reading(NamedTuple):
    """The area of a column, which shows the column's values when it is pointed at."""

    x: float
    width: float
    text: str


class Chart(NamedTuple):
    """Columns of one or more stacked series."""

    name: str
    title: str
    series: Sequence[str]
    columns: Sequence[tuple[str, Sequence[int]]]
    unit: str = "day"
    latest: str = "today"

    @property
    def total(self) -> int:
        """The sum of all columns."""
        return sum(sum(values) for _, values in self.columns)

    @property
    def totals(self) -> dict[str, int]:
        """Each series' sum."""
        return {name: sum(values[number] for _, values in self.columns) for number, name in enumerate(self.series)}

    @property
    def last(self) -> int:
        """The last column's sum."""
        return sum(self.columns[-1][1]) if self.columns else 0

    @property
    def highest(self) -> int:
        """The highest column's sum."""
        return max((sum(values) for _, values in self.columns), default=0)

    @property
    def description(self) -> str:
        """The chart in a sentence, for screen readers."""
        if not self.total:
            return f"Nothing from {self.columns[0][0]} to {self.columns[-1][0]}."
        best = max(self.columns, key=lambda column: sum(column[1]))
        sums = ", ".join(f"{count:,} {name}" for name, count in self.totals.items())
        return (
            f"{sums} from {self.columns[0][0]} to {self.columns[-1][0]}; most on {best[0]}: {sum(best[1]):,}; "
            f"{self.latest}: {self.last:,}."
        )

    @property
    def bars(self) -> list[Bar]:
        """The rectangles, from left to right, and from bottom to top in each column."""
        if not self.highest:
            return []
        step = WIDTH / len(self.columns)
        bars = []
        for number, (_, values) in enumerate(self.columns):
            bottom = float(HEIGHT)
            for series, value in enumerate(values):
                if value:
                    height = max(_LEAST, value / self.highest * (HEIGHT - _LEAST))
                    bottom -= height
                    bars.append(
                        Bar(_r(number * step + step * _GAP / 2), _r(bottom), _r(step * (1 - _GAP)), _r(height), series)
                    )
        return bars

    @property
    def readings(self) -> list[Reading]:
        """An area for each column, from left to right."""
        step = WIDTH / len(self.columns)
        return [
            Reading(_r(number * step), _r(step), f"{label}: {self._values_text(values)}")
            for number, (label, values) in enumerate(self.columns)
        ]

    def _values_text(self, values: Sequence[int]) -> str:
        if len(values) == 1:
            return f"{values[0]:,}"
        return ", ".join(f"{value:,} {name}" for name, value in zip(self.series, values, strict=True))


def of_days(name: str, title: str, series: Mapping[str, Mapping[str, int]]) -> Chart:
    """A chart of counts by day: each series maps the same days to its counts."""
    days = list(next(iter(series.values())))
    return Chart(name, title, list(series), [(day, [counts[day] for counts in series.values()]) for day in days])


def of_attempts(name: str, title: str, days: Mapping[date, Outcomes]) -> Chart:
    """A chart of webhooks' attempts by day."""
    series = {
        "delivered": {day_label(day): outcomes.succeeded for day, outcomes in days.items()},
        "failed": {day_label(day): outcomes.failed for day, outcomes in days.items()},
    }
    return of_days(name, title, series)


def day_label(day: date) -> str:
    """`22 Nov`."""
    return f"{day.day} {day:%b}"


def _r(value: float) -> float:
    return round(value, 2)
