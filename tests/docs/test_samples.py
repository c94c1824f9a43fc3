"""The samples of `docs/samples`, run against the platform as a partner runs them."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.platform import Platform
from tests.served import served

_SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
_SECONDS = 240
_each_sample = pytest.mark.parametrize("sample", ["quickstart.py", "quickstart.mjs"])


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


def _command(sample: str) -> list[str]:
    """What runs a sample here; skips the test where that is missing."""
    node = shutil.which("node")
    if sample.endswith(".mjs") and node is None:
        pytest.skip("there is no Node here")
    return [sys.executable if sample.endswith(".py") else str(node), str(_SAMPLES / sample)]


@_each_sample
def test_quickstart_receives_the_genuine_webhook_of_its_mint(platform: Platform, sample: str) -> None:
    printed = _run(platform, _command(sample))
    assert "announced guest-" in printed
    assert '"newBcNftMint"' in printed
    assert '"success": true' in printed


@_each_sample
def test_quickstart_says_what_to_do_where_no_platform_answers(sample: str) -> None:
    with socket.socket() as taken:
        # A port that is taken, and at which nobody listens, refuses connections.
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        environment = {**os.environ, "SPACEGARDEN_URL": url}
        done = subprocess.run(_command(sample), env=environment, capture_output=True, text=True, timeout=_SECONDS)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Nothing answers at {url}: ")
    assert "SPACEGARDEN_URL" in done.stderr
    assert "\n" not in done.stderr.strip()


@_each_sample
def test_quickstart_shows_why_the_platform_refused(platform: Platform, sample: str) -> None:
    with served(platform.app) as url:
        environment = {**os.environ, "SPACEGARDEN_URL": url, "SPACEGARDEN_KEY": "sg_dev_nobody_unknown"}
        done = subprocess.run(_command(sample), env=environment, capture_output=True, text=True, timeout=_SECONDS)
    assert done.returncode == 1
    assert done.stderr.startswith("POST /webhooks/endpoints: 403 ")
