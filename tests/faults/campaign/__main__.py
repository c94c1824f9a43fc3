"""Lives episodes until the time is over, and tells of each that no order explains; exit status 1 if there was one."""

import argparse
import sys
import time
from random import Random

import tests.conftest  # noqa: F401  starts the engine
from tests.faults.campaign.episode import Episode
from tests.faults.campaign.surfaces import all_surfaces
from tests.faults.crowd import SharedPlatform
from tests.platform import start_platform

_SHOWN_EVERY_SECONDS = 30.0


def main() -> int:
    """The program."""
    asked = _asked()
    platform = SharedPlatform(start_platform())
    surfaces = {name: each for name, each in all_surfaces().items() if not asked.surface or name in asked.surface}
    ends = time.monotonic() + asked.minutes * 60
    shown = time.monotonic()
    lived = taken = failures = 0
    number = asked.episode or 0
    while time.monotonic() < ends:
        for name, surface in surfaces.items():
            lived += 1
            episode = Episode(platform, surface, Random(f"{asked.seed} {name} {number}"))
            failed = episode.live()
            taken += len(episode.calls)
            if failed is not None:
                failures += 1
                _tell(f"\n--seed {asked.seed} --surface {name} --episode {number}\n{failed}")
        if asked.episode is not None:
            break
        number += 1
        if time.monotonic() - shown > _SHOWN_EVERY_SECONDS:
            shown = time.monotonic()
            _tell(f"{lived} episodes, {failures} failed, {max(0, ends - shown) / 60:.1f} minutes left")
    _tell(f"seed {asked.seed}: {lived} episodes of {taken} operations, {failures} failed")
    return 1 if failures else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--surface", action="append", choices=sorted(all_surfaces()))
    parser.add_argument("--episode", type=int, help="live this one again, and no other")
    return parser.parse_args()


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
