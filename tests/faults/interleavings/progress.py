"""How far the pairs have come: one line of JSON a pair in a file, of which the last line of a pair counts."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from subprocess import run
from typing import NamedTuple

from tests.faults.interleavings.scene import Pair


class _Line(NamedTuple):
    scene: str
    first: str
    second: str
    commit: str
    findings: list[str]


class Progress:
    """What is known of each pair; what is told is in the file at once, so that a run may end at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commit = _commit()
        self._lines: dict[tuple[str, Pair], _Line] = {}
        if path.exists():
            for text in path.read_text().splitlines():
                self._learn(_Line(**json.loads(text)))

    def tell(self, scene: str, pair: Pair, findings: Sequence[str]) -> None:
        """A pair has met in all variants."""
        line = _Line(scene, *pair, self._commit, list(findings))
        self._learn(line)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(f"{json.dumps(line._asdict())}\n")

    def forget(self, scenes: Collection[str]) -> None:
        """Nothing is known of the pairs of these scenes."""
        self._lines = {place: line for place, line in self._lines.items() if line.scene not in scenes}
        if self._path.exists():
            self._path.write_text("".join(f"{json.dumps(line._asdict())}\n" for line in self._lines.values()))

    def due(self, scene: str, pairs: Sequence[Pair], *, most: int | None) -> list[Pair]:
        """All that were found wrong, then those that have not met yet, at most `most`."""
        wrong = [pair for pair in pairs if self.is_wrong(scene, pair)]
        return wrong + [pair for pair in pairs if (scene, pair) not in self._lines][:most]

    def is_clean(self, scene: str, pair: Pair) -> bool:
        """True of a pair that met, and nothing was found."""
        return (scene, pair) in self._lines and not self.is_wrong(scene, pair)

    def is_wrong(self, scene: str, pair: Pair) -> bool:
        """True of a pair in which something was found when it last met."""
        line = self._lines.get((scene, pair))
        return line is not None and bool(line.findings)

    def _learn(self, line: _Line) -> None:
        self._lines[line.scene, (line.first, line.second)] = line


def _commit() -> str:
    """That of the checkout, for whoever reads the file; nothing where there is none."""
    return run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
