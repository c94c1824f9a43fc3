"""Events that are recorded only while an endpoint names them, from every function that tells them."""

import json
from collections import Counter
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from chalicelib.webhooks.named import CHANGE_DELAY_SECONDS
from stage.checks.conftest import DeployedStage, Partner
from stage.checks.receivers import Receiver
from stage.checks.waiting import eventually

pytestmark = pytest.mark.long

_HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
# By the API: a user, an action that lifts the level, a claim, a mission that we answer for, and one that we verify, of
# which only the first time is told; by the function that grants rewards: another action; by the one that verifies many.
_TOLD = Counter(
    {
        "user.announced": 1,
        "action.applied": 2,
        "level.reached": 1,
        "nft.claimed": 1,
        "mission.completed": 2,
        "job.finished": 1,
        "dreamspace.user.created": 1,
    }
)


@pytest.fixture
def remembered_until(stage: DeployedStage, partner: Partner, receiver: Receiver) -> Iterator[float]:
    """An endpoint names these events; until then a function may remember that none does, and record none of them."""
    headers = {"X-API-KEY": partner.key}
    asked = {"url": receiver.url, "event_types": sorted(_TOLD)}
    made = stage.call("POST", "/webhooks/endpoints", asked, headers=headers)
    assert made.status_code == 200, made.text
    yield monotonic() + CHANGE_DELAY_SECONDS + 1
    stage.call("DELETE", f"/webhooks/endpoints/{made.json()['id']}", headers=headers)


def test_each_function_tells_what_an_endpoint_names(
    stage: DeployedStage, partner: Partner, receiver: Receiver, remembered_until: float
) -> None:
    def call(path: str, **body: object) -> dict[str, object]:
        answer = stage.call("POST", path, body, headers={"X-API-KEY": partner.key})
        assert answer.status_code == 200, (path, answer.text)
        found: dict[str, object] = answer.json()
        return found

    def gardenlab(route: str, **body: object) -> dict[str, object]:
        return call(f"/api/v1/{route}", origin=partner.origin, contract_id="launch_day", **body)

    for name, points in (("call", 120), ("thanks", 7)):
        gardenlab(
            "saveActionInteraction",
            interaction={"type": "Shop", "name": name, "xpIncrement": points, "action_id": name},
        )
    reward = ("--reward-collection", "launch_day", "--reward-action", "thanks")
    stage.command("mission", "create", partner.origin, "77", "gardenlab:launch_day:call", *reward)
    email, uid = "kay@example.com", "5f0c8b1e2a4d6f8091a2b3c4"
    call("/space3/users", uid=uid, email=email)
    template = f"{stage.about.address}/missions/{partner.origin}/<Email>/77"
    mission = call("/space3/missions", name="Call", kind="simple", url_template=template)["id"]
    sleep(max(0.0, remembered_until - monotonic()))
    gardenlab("newUserForPartner", user_category_id="CREW", email=email, uid="kay")
    gardenlab("newActionForUser", action_id="call", guest={"uid": "kay"})
    assert stage.call("GET", f"/missions/{partner.origin}/{email}/77").json() == {"success": True}

    def verdict() -> object:
        return call(f"/space3/missions/{mission}/verify", uid=uid)["verdict"]

    assert eventually(verdict, lambda found: found != "unknown") == "done"
    call(f"/space3/missions/{mission}/verify_many", uids=[uid])
    gardenlab("mintTokenForUser", email=email, uid="kay", user_addr=_HOLDER)
    call("/users", twitch_id="kay77", name="Kay")
    bodies = [json.loads(each.body) for each in receiver.wait(_TOLD.total(), seconds=150)]
    assert Counter(body["actionType"] for body in bodies) == _TOLD
