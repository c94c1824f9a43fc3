"""`spacegarden listen`, as a process of its own beside the platform."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook

from tests.cli.shell import Shell
from tests.platform import Partner
from tests.receivers import Answer, Receiver, refusing_url

_ROOT = Path(__file__).resolve().parents[2]
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@contextmanager
def _listening(url: str, key: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """A listener that has looked once: what happens from now on is new to it."""
    environment = {**os.environ, "SPACEGARDEN_URL": url, "SPACEGARDEN_KEY": key}
    command = [sys.executable, "-m", "cli", "listen", *words]
    running = subprocess.Popen(
        command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    try:
        assert running.stderr.readline().startswith("Listening to ")
        yield running
    finally:
        running.kill()
        running.communicate()


def _sample(partner: Partner, event_type: str = "newBcNftMint") -> dict[str, Any]:
    listed = partner.platform.call("GET", "/webhooks/endpoints", key=partner.key).json["data"]
    endpoint = listed[0]["id"] if listed else partner.add_endpoint("http://127.0.0.1:9/", enabled=False)["id"]
    path = f"/webhooks/endpoints/{endpoint}/test"
    delivery = partner.platform.call("POST", path, key=partner.key, body={"event_type": event_type}).json
    return dict(partner.platform.call("GET", f"/webhooks/events/{delivery['event_id']}", key=partner.key).json)


def test_new_events_are_forwarded_signed_and_whole(server_url: str, partner: Partner) -> None:
    _sample(partner)  # from before
    with Receiver(answers=[Answer(200)]) as receiver:
        words = ("--forward-to", receiver.url, "--secret", _SECRET, "--header", "X-API-key: mine", "--count", "1")
        with _listening(server_url, partner.key, *words) as running:
            event = _sample(partner)
            said = running.communicate(timeout=300)[0]
        [received] = receiver.requests
    assert running.returncode == 0
    assert event["id"] in said
    assert "-> 200" in said
    assert (received.headers["webhook-id"], received.headers["x-api-key"]) == (event["id"], "mine")
    assert "authorization" not in received.headers
    assert Webhook(_SECRET).verify(received.body, received.headers) == event["content"]


def test_what_is_forwarded_has_the_bytes_of_a_delivery(server_url: str, partner: Partner) -> None:
    with Receiver() as delivered, Receiver() as forwarded:
        partner.add_endpoint(delivered.url)
        with _listening(server_url, partner.key, "--forward-to", forwarded.url, "--count", "1") as running:
            _sample(partner)
            partner.platform.drain()
            running.communicate(timeout=300)
        assert forwarded.requests[0].body == delivered.requests[0].body


def test_events_are_chosen_by_type(server_url: str, partner: Partner) -> None:
    with _listening(server_url, partner.key, "--event", "newBcInteraction", "--count", "1", "--json") as running:
        _sample(partner, "newBcNftMint")
        wanted = _sample(partner, "newBcInteraction")
        said = running.communicate(timeout=300)[0]
    [line] = said.splitlines()
    assert json.loads(line) == wanted


def test_a_consumer_goes_on_where_it_stopped(server_url: str, partner: Partner) -> None:
    words = ("--consumer", "billing", "--json", "--count", "1")
    with _listening(server_url, partner.key, *words) as running:
        first = _sample(partner)
        assert json.loads(running.communicate(timeout=300)[0]) == first
    second = _sample(partner)  # while nobody listens
    with _listening(server_url, partner.key, *words[:3], "--count", "2") as running:
        shown = [json.loads(line) for line in running.communicate(timeout=300)[0].splitlines()]
    assert shown[-1] == second


def test_a_receiver_that_is_away_is_told(server_url: str, partner: Partner) -> None:
    with refusing_url() as url, _listening(server_url, partner.key, "--forward-to", url, "--count", "1") as running:
        _sample(partner)
        said = running.communicate(timeout=300)[0]
    assert running.returncode == 0
    assert "-> failed: Connection refused" in said


def test_it_ends_quietly_at_an_interruption(server_url: str, partner: Partner) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # else a child started here ignores it
    try:
        with _listening(server_url, partner.key) as running:
            running.send_signal(signal.SIGINT)
            errors = running.communicate(timeout=300)[1]
    finally:
        signal.signal(signal.SIGINT, before)
    assert (running.returncode, errors.strip()) == (0, "")


def test_a_wrong_key_ends_it(shell: Shell) -> None:
    result = shell.with_key("sg_dev_wrong").run("listen")
    assert result.exit_code == 1
    assert "SPACEGARDEN_KEY" in result.stderr


def test_a_secret_that_cannot_sign_is_wrong_usage(shell: Shell) -> None:
    assert shell.run("listen", "--secret", "whsec_?").exit_code == 2
