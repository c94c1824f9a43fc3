"""Lives episodes until the time is over, and tells of each that ends unsound; exit status 1 if there was one."""

import argparse
import sys
import time
from collections import Counter
from random import Random

import tests.conftest  # noqa: F401  starts the engine
from tests.faults.chain_campaign.episode import Episode, campaign_stage
from tests.platform import start_platform

_EPISODES_A_WORLD = 25
_TOKENS_AN_EPISODE = 1000


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.chain_campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--episode", type=int, help="live this one again, and no other")
    asked = parser.parse_args()
    start_platform()
    ends, number, failures = time.monotonic() + asked.minutes * 60, asked.episode or 0, 0
    done: Counter[str] = Counter()
    while time.monotonic() < ends:
        with campaign_stage(nodes=1 + number // _EPISODES_A_WORLD % 2) as stage:
            for _ in range(1 if asked.episode is not None else _EPISODES_A_WORLD):
                random, first = Random(f"{asked.seed} {number}"), 1 + number * _TOKENS_AN_EPISODE
                try:
                    done.update(Episode(stage, random, first_token=first).live())
                except AssertionError as error:
                    failures += 1
                    _tell(f"\n--seed {asked.seed} --episode {number}\n{error}")
                    break
                finally:
                    number += 1
        if asked.episode is not None:
            break
        _tell(f"{number} episodes, {failures} failed, {max(0, ends - time.monotonic()) / 60:.1f} minutes left")
    _tell(f"seed {asked.seed}: {number} episodes, {failures} failed; {dict(done)}")
    return 1 if failures else 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
