"""Lets pairs meet in all variants until the time is over, and goes on the next time with those that are not clean yet.

Tells of each outcome that no order gives; exit status 1 while any is known.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import tests.conftest  # noqa: F401  starts the engine
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.engine import Stage, Variant, staged
from tests.faults.interleavings.progress import Progress
from tests.faults.interleavings.scene import Pair, Scene
from tests.faults.interleavings.scenes import all_scenes
from tests.platform import start_platform

_STATE = Path(".local/interleavings.jsonl")
_TOLD = 4


def main() -> int:
    """The program."""
    asked = _asked()
    known = all_scenes()
    scenes = {name: known[name] for name in asked.scene or known}
    progress = Progress(asked.state)
    if asked.anew:
        progress.forget(scenes)
    go_on(
        SharedPlatform(start_platform()),
        scenes,
        progress,
        ends=time.monotonic() + asked.minutes * 60,
        most=asked.pairs,
        steps=asked.step,
        seed=asked.seed,
    )
    return 0 if _sum(scenes, progress) else 1


def go_on(
    platform: SharedPlatform,
    scenes: Mapping[str, Scene[Any]],
    progress: Progress,
    *,
    ends: float,
    most: int | None = None,
    steps: Collection[str] | None = None,
    seed: int = 1,
) -> None:
    """Lets pairs meet that are not clean yet, at most `most` new ones of each scene, until the clock says `ends`.

    With `steps` those alone in which one of them is.
    """
    for name, scene in scenes.items():
        pairs = [pair for pair in scene.pairs() if steps is None or not set(steps).isdisjoint(pair)]
        Random(f"{seed} {name}").shuffle(pairs)
        due = progress.due(name, _together(pairs), most=most)
        if not due or time.monotonic() >= ends:
            continue
        with staged(platform, scene) as stage:
            for pair in due:
                if time.monotonic() >= ends:
                    break
                started = time.monotonic()
                findings = _findings(stage, pair)
                progress.tell(name, pair, findings)
                word = "WRONG" if findings else "clean"
                _tell(f"{word} {name}: {' / '.join(pair)} ({time.monotonic() - started:.1f} s)", *findings)


def _together(pairs: Sequence[Pair]) -> list[Pair]:
    """The same with the two pairs of any two steps side by side: their orders are the same."""
    known = set(pairs)
    both = ((pair, (pair[1], pair[0])) for pair in pairs)
    return list(dict.fromkeys(pair for two in both for pair in two if pair in known))


def _findings(stage: Stage[Any], pair: Pair) -> list[str]:
    """What was found, told; a failure of the scene itself is a finding too."""
    try:
        found = (each for variant in Variant for each in stage.findings(*pair, variant))
        return [str(each) for each in islice(found, _TOLD)]
    except Exception:
        return [traceback.format_exc()]


def _sum(scenes: Mapping[str, Scene[Any]], progress: Progress) -> bool:
    """Tells how far each scene has come; true where nothing is known to be wrong."""
    right = True
    for name, scene in scenes.items():
        pairs = scene.pairs()
        clean = sum(progress.is_clean(name, pair) for pair in pairs)
        wrong = [pair for pair in pairs if progress.is_wrong(name, pair)]
        right = right and not wrong
        _tell(f"{name}: {clean} of {len(pairs)} clean", *(f"  wrong: {' / '.join(pair)}" for pair in wrong))
    return right


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.interleavings", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1, help="another order of the pairs")
    parser.add_argument("--scene", action="append", choices=sorted(all_scenes()), help="these alone, in this order")
    parser.add_argument("--step", action="append", help="pairs with one of these steps alone, such as a new one")
    parser.add_argument("--pairs", type=int, help="at most so many new ones of each scene this time")
    parser.add_argument("--state", type=Path, default=_STATE, help="the file that knows which pairs are clean")
    parser.add_argument("--anew", action="store_true", help="take no pair of these scenes for clean")
    return parser.parse_args()


def _tell(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
