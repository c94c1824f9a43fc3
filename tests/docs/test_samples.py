"""The samples of `docs/samples`, run against the platform as a partner runs them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.platform import Platform
from tests.served import served

_SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
_SECONDS = 240


def _run(platform: Platform, command: list[str]) -> str:
    """Runs a sample, and the platform's queues meanwhile; gives what the sample prints."""
    partner = platform.new_partner()
    partner.save_interaction("event_checkin", name="Event checkin", xpIncrement=5)
    with served(platform.app) as url:
        own = {"SPACEGARDEN_URL": url, "SPACEGARDEN_KEY": partner.key, "SPACEGARDEN_ORIGIN": partner.origin}
        process = subprocess.Popen(
            command, env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        deadline = monotonic() + _SECONDS
        while process.poll() is None and monotonic() < deadline:
            platform.drain()
            platform.sweep()
            sleep(0.05)
        if process.poll() is None:
            process.kill()
        printed, _ = process.communicate()
    assert process.returncode == 0, printed
    return printed


@pytest.mark.parametrize("sample", ["quickstart.py", "quickstart.mjs"])
def test_quickstart_receives_the_genuine_webhook_of_its_mint(platform: Platform, sample: str) -> None:
    node = shutil.which("node")
    if sample.endswith(".mjs") and node is None:
        pytest.skip("there is no Node here")
    program = sys.executable if sample.endswith(".py") else str(node)
    printed = _run(platform, [program, str(_SAMPLES / sample)])
    assert "announced guest-" in printed
    assert '"newBcNftMint"' in printed
    assert '"success": true' in printed
