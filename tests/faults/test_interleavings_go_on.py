"""The interleavings' program goes on where it stopped, and takes nothing for clean that was found wrong."""

import time
from collections import Counter
from pathlib import Path

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.__main__ import go_on
from tests.faults.interleavings.progress import Progress
from tests.faults.interleavings.scene import Scene, step

_NEVER = float("inf")


class _Room:
    """Two steps that are well in any order, and one that is not even possible."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def scene(self) -> Scene[None]:
        steps = {
            "look": step(lambda _: self.taken.update(["look"]), "room"),
            "wave": step(lambda _: self.taken.update(["wave"]), "door"),
            "fall": step(self._fall, "window"),
        }
        return Scene(lambda _: None, steps, lambda _: [])

    def _fall(self, _: None) -> None:
        self.taken["fall"] += 1
        raise ValueError("nobody can")


def test_what_is_clean_does_not_meet_again_and_what_is_wrong_meets_first(
    shared_platform: SharedPlatform, tmp_path: Path
) -> None:
    room = _Room()
    scenes, file = {"room": room.scene()}, tmp_path / "state" / "pairs.jsonl"

    def took(*, most: int | None = None, ends: float = _NEVER, steps: list[str] | None = None) -> set[str]:
        room.taken.clear()
        go_on(shared_platform, scenes, Progress(file), ends=ends, most=most, steps=steps)
        return set(room.taken)

    assert took(ends=time.monotonic()) == set()
    one, *others = (took(most=1) for _ in scenes["room"].steps)
    assert len(one) == 1
    assert one.union(*others) == {"look", "wave", "fall"}
    assert took() == {"fall"}
    progress = Progress(file)
    assert [progress.is_clean("room", (name, name)) for name in scenes["room"].steps] == [True, True, False]
    progress.forget(["room"])
    assert took(ends=time.monotonic()) == set()
    assert took(steps=["wave"]) == {"wave"}
    assert took() == {"look", "fall"}
