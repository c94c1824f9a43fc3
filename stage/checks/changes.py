"""Changes of the sources that make a release other than the project's own. A test asserts that each still applies."""

from pathlib import Path
from typing import NamedTuple

_HEALTH = "chalicelib/core/http/health.py"


class Change(NamedTuple):
    """Some words of a file, and what stands there instead."""

    path: str
    old: str
    new: str

    def make(self, root: Path) -> None:
        """Changes the file below a folder."""
        file = root / self.path
        content = file.read_text()
        assert self.old in content, f"{self.path} has another form; this change has to follow it"
        file.write_text(content.replace(self.old, self.new))


UNHEALTHY = Change(_HEALTH, 'return answer({"status": "ok"', 'return wrong({"status": "ok"')
RELEASE_2 = Change(_HEALTH, '"status": "ok", "stage"', '"status": "ok", "release": 2, "stage"')
FAILING_ROTATION = Change("chalicelib/oauth/tasks.py", "rotation.work(", "rotation.wrong(")
CHANGES = (UNHEALTHY, RELEASE_2, FAILING_ROTATION)
