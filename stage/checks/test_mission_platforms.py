"""Other mission platforms and their partners against the stage: the same tests as of a local run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from stage.checks.conftest import DeployedStage, Partner
from stage.checks.receivers import Received, Receiver
from tests.outside import asked
from tests.outside.missions import ADA, SECRET, MissionPartners, MissionPlatforms, Place, identities

pytestmark = pytest.mark.long
_HOST = "missions.partner-two.com"
_ACTIVITY = "gardenlab:launch_day:quest"


@pytest.fixture(scope="module")
def place(stage: DeployedStage, partner: Partner) -> Place:
    """The stage's partner, whose user Ada has done one action."""
    uid = "660acc89142ce43bb232a3ff"
    interaction = {"type": "Quest", "name": "Quest", "xpIncrement": 5, "action_id": "quest"}
    for route, body in (
        ("saveActionInteraction", {"interaction": interaction}),
        ("newUserForPartner", {"user_category_id": "CREW", "email": ADA.email, "uid": uid}),
        ("newActionForUser", {"action_id": "quest", "guest": {"uid": uid}}),
    ):
        whole = {"origin": partner.origin, "contract_id": "launch_day", **body}
        answer = stage.call("POST", f"/api/v1/{route}", whole, headers=partner.header)
        assert answer.status_code == 200, answer.text
    operator = {"Authorization": f"Bearer {stage.admin_key}"}
    for kind, value in identities(ADA):
        ends = {"a": {"kind": kind, "value": value}, "b": {"kind": "email", "value": ADA.email}}
        linked = stage.call("POST", f"/admin/partners/{partner.origin}/links", ends, headers=operator)
        assert linked.status_code == 200, linked.text
    rules = ((), ("--secret", SECRET), ("--secret", SECRET, "--kind", "accumulative"))
    open_one, simple, counted = (
        stage.command("mission", "create", partner.origin, str(700 + number), _ACTIVITY, *options)
        for number, options in enumerate(rules)
    )

    def call(method: str, path: str, body: Any) -> requests.Response:
        return stage.call(method, path, body, headers=partner.header)

    @contextmanager
    def hosting(answer: asked.Partner) -> Iterator[str]:
        def answered(request: Received) -> tuple[int, bytes]:
            return answer(asked.Asked(request.method, request.path, request.headers, request.body))

        with Receiver(_HOST, stage.about.hosts[_HOST], answered) as receiver:
            yield receiver.url

    return Place(
        open_urls=open_one["urls"],
        urls=simple["urls"],
        counted=counted["urls"],
        pattern=simple["url"],
        call=call,
        hosting=hosting,
    )


class TestMissionPlatforms(MissionPlatforms):
    """Against the stage."""


class TestMissionPartners(MissionPartners):
    """Asked by the stage."""
