"""Other mission platforms against a local run; the same tests are run against a stage."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.outside import asked
from tests.outside.missions import ADA, SECRET, MissionPartners, MissionPlatforms, Place, identities
from tests.platform import Platform
from tests.receivers import Answer, Receiver, Talk
from tests.space3.missions import Missions

PATIENCE_SECONDS = 300


@contextmanager
def hosting(answer: asked.Partner) -> Iterator[str]:
    """A partner on this machine."""

    def behave(talk: Talk) -> None:
        request = talk.request
        assert request is not None
        status, body = answer(asked.Asked(request.method, request.target, request.headers, request.body))
        talk.send(Answer(status, {"Content-Type": "application/json"}, body).to_bytes())

    with Receiver(behave) as receiver:
        yield receiver.url


@pytest.fixture(scope="module")
def place(platform: Platform, server_url: str) -> Place:
    """A partner of the run."""
    missions = Missions(platform.new_partner())
    missions.partner.save_interaction()
    missions.act(ADA.email, datetime.now(UTC).replace(tzinfo=None).isoformat())
    for kind, value in identities(ADA):
        assert missions.link((kind, value), ("email", ADA.email)).status == 200
    numbers = [missions.answer_for(), missions.answer_for(secret=SECRET)]
    numbers.append(missions.answer_for(kind="accumulative", secret=SECRET))
    shown = [missions.admin("GET", f"/{number}").json for number in numbers]
    public = shown[0]["url"].partition("/missions/")[0]
    urls = [{name: url.replace(public, server_url) for name, url in each["urls"].items()} for each in shown]

    def call(method: str, path: str, body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {missions.partner.key}"}
        return requests.request(method, server_url + path, json=body, headers=headers, timeout=PATIENCE_SECONDS)

    return Place(
        open_urls=urls[0],
        urls=urls[1],
        counted=urls[2],
        pattern=shown[1]["url"].replace(public, server_url),
        call=call,
        hosting=hosting,
    )


class TestMissionPlatforms(MissionPlatforms):
    """Against a local run."""


class TestMissionPartners(MissionPartners):
    """Asked by a local run."""
