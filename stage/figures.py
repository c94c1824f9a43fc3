"""How long a stage's functions took to start, and how much memory they held, measured from outside as Lambda does."""

from statistics import median
from threading import Lock
from typing import NamedTuple


class Start(NamedTuple):
    """Seconds until a process asked for its first event: by the clock (`init`), and of CPU time."""

    init: float
    cpu: float


class _Measured(NamedTuple):
    memory_mb: int
    zip_bytes: int
    starts: list[Start]
    peaks_mib: list[float]

    def line(self, name: str) -> str:
        init, cpu = (median(each) * 1000 for each in zip(*self.starts, strict=True))
        peak = f"{max(self.peaks_mib):.0f}" if self.peaks_mib else ""
        cells = (name, len(self.starts), f"{init:.0f}", f"{cpu:.0f}", peak, self.memory_mb)
        return f"| {' | '.join(map(str, cells))} | {self.zip_bytes / 1e6:.2f} |"


class Figures:
    """The figures of every function that was started, by its handler's name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._functions: dict[str, _Measured] = {}

    def started(self, name: str, start: Start, *, memory_mb: int, zip_bytes: int) -> None:
        """Counts a start; `memory_mb` is what the function is deployed with."""
        with self._lock:
            self._functions.setdefault(name, _Measured(memory_mb, zip_bytes, [], [])).starts.append(start)

    def answered(self, name: str, peak_mib: float) -> None:
        """Notes the most memory that a process has held so far."""
        with self._lock:
            self._functions[name].peaks_mib[:] = [max([peak_mib, *self._functions[name].peaks_mib])]

    def table(self) -> str:
        """The table of docs/performance.md: medians of the starts, and the most that any process held."""
        head = "| function | starts | init, ms | CPU, ms | peak memory, MiB | of, MB | zip, MB |"
        lines = (self._functions[name].line(name) for name in sorted(self._functions))
        return "\n".join((head, f"|{' --- |' * 7}", *lines, ""))
