"""What a warm call costs beside a handler that sends the same requests by botocore as it comes, in instructions."""

import os

import pytest

from bench.cold_start import instructions
from bench.warm import recording
from bench.warm_instructions import counted

_MOST = {"newActionForUser": 0.5, "getNftByTokenId": 0.45}


@pytest.mark.skipif(not instructions.can_count(), reason="valgrind is not installed")
def test_a_warm_call_takes_half_the_instructions_of_a_handler_on_plain_botocore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is recorded has an engine of its own, and so a signer without coins on the chain of this run.
    for name in [each for each in os.environ if each.startswith("SPACEGARDEN_CHAIN")]:
        monkeypatch.delenv(name)
    with recording() as path:
        ratios = {name: ours / floor for name, (ours, floor) in counted(path).items()}
    assert ratios.keys() == _MOST.keys()
    assert all(ratios[name] <= most for name, most in _MOST.items()), ratios
