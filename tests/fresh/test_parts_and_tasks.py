"""No behaviour depends on what a process has imported before: whatever comes first in it, comes right."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.core.settings import settings
from local.queues.event_sources import QueueSource
from local.queues.lambda_events import schedule_event
from local.queues.pump import Pump
from tests.dreamspace.world import new_dream
from tests.fresh.processes import Processes, fresh_handlers, processes
from tests.package import aws_bridge
from tests.package.gateway_events import request
from tests.pages.console.world import sign_in
from tests.platform import Partner, Platform
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions
from tests.spaces.world import new_account

TYPES = (
    "action.applied",
    "captured_email.created",
    "collection.updated",
    "customer.created",
    "customer.deleted",
    "customer.updated",
    "delivery.exhausted",
    "dreamspace.document.created",
    "dreamspace.document.deleted",
    "dreamspace.document.updated",
    "dreamspace.event.created",
    "dreamspace.event.deleted",
    "dreamspace.event.updated",
    "dreamspace.specimen.created",
    "dreamspace.specimen.deleted",
    "dreamspace.specimen.updated",
    "dreamspace.stamp.created",
    "dreamspace.stamp.deleted",
    "dreamspace.stamp.updated",
    "dreamspace.transaction.created",
    "dreamspace.user.created",
    "dreamspace.user.deleted",
    "dreamspace.user.updated",
    "endpoint.disabled",
    "endpoint.failing",
    "gas_budget.nearly_spent",
    "invoice.created",
    "invoice.paid",
    "invoice.shipped",
    "job.finished",
    "level.reached",
    "mission.completed",
    "newBcInteraction",
    "newBcNftMint",
    "nft.burned",
    "nft.claimed",
    "nft.transferred",
    "signer.low",
    "subscription.canceled",
    "subscription.created",
    "user.announced",
)
HOOK = "https://hooks.example.com/in"


@pytest.fixture(scope="module")
def fresh() -> Iterator[Processes]:
    with aws_bridge.endpoint() as engine, processes(engine) as made:
        yield made


@pytest.fixture(scope="module")
def caller(platform: Platform) -> Partner:
    """A partner without a collection, for tests that only call."""
    return platform.new_partner(collection=False)


def _body(answer: dict[str, Any]) -> Any:
    assert answer["statusCode"] == 200, answer
    return json.loads(answer["body"])


def _bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


# Of those that one declaration makes, one.
@pytest.mark.parametrize(
    "event_type", [each for each in TYPES if not each.startswith("dreamspace.") or each == "dreamspace.user.created"]
)
def test_an_endpoint_takes_each_event_type(fresh: Processes, platform: Platform, event_type: str) -> None:
    caller = platform.new_partner(collection=False)
    create = request(
        "POST", "/webhooks/endpoints", headers=_bearer(caller.key), body={"url": HOOK, "event_types": [event_type]}
    )
    [created] = fresh.ask("webhooks", create)
    send = request(
        "POST",
        "/webhooks/endpoints/{id}/test",
        headers=_bearer(caller.key),
        captured={"id": _body(created)["id"]},
        body={"event_type": event_type},
    )
    [sent] = fresh.ask("webhooks", send)
    assert _body(sent)["event_type"] == event_type


def test_the_console_lists_each_event_type(fresh: Processes, caller: Partner) -> None:
    headers = {"cookie": _cookie(caller)}
    [shown] = fresh.ask("console_webhooks", request("GET", "/console/webhooks/endpoints", headers=headers))
    assert shown["statusCode"] == 200, shown
    assert [name for name in TYPES if f"type:{name}" not in shown["body"]] == []


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("console", "/console"),
        ("console_access", "/console/audit"),
        ("console_gardenlab", "/console/nfts"),
        ("console_missions", "/console/missions/answered"),
        ("console_spaces", "/console/spaces/customers"),
        ("console_dreamspace", "/console/dreamspace/{id}"),
        ("console_webhooks", "/console/webhooks/deliveries"),
    ],
)
def test_each_section_of_the_console_is_shown_by_its_part_alone(
    fresh: Processes, caller: Partner, part: str, path: str
) -> None:
    captured = {"id": "documents"} if "{id}" in path else None
    [shown] = fresh.ask(part, request("GET", path, captured=captured, headers={"cookie": _cookie(caller)}))
    assert shown["statusCode"] == 200, shown
    assert "Sign out" in shown["body"]


def _cookie(caller: Partner) -> str:
    return "; ".join(f"{name}={value}" for name, value in sign_in(caller).cookies.items())


def test_spaces_records_an_event(fresh: Processes, platform: Platform) -> None:
    account = new_account(platform)
    with Receiver() as receiver:
        account.partner.add_endpoint(receiver.url)
        body = {"name": "Ada", "email": "ada@example.com", "space": 1}
        [made] = fresh.ask("spaces", request("POST", "/api/v1/customers", headers=_bearer(account.token), body=body))
        assert _body(made)["object"] == "customer"
        platform.drain()
    assert [json.loads(each.body)["type"] for each in receiver.requests] == ["customer.created"]


def test_missions_are_listed(fresh: Processes, caller: Partner) -> None:
    [listed] = fresh.ask("mission_system", request("GET", "/space3/missions", headers=_bearer(caller.key)))
    assert _body(listed)["data"] == []


def test_dreamspace_lists_documents(fresh: Processes, caller: Partner) -> None:
    [listed] = fresh.ask("dreamspace", request("GET", "/documents", headers={"x-api-key": caller.key}))
    assert _body(listed) == []


def test_oauth_publishes_its_keys(fresh: Processes, platform: Platform) -> None:
    del platform
    [keys] = fresh.ask("oauth", request("GET", "/oauth/jwks.json"))
    assert "keys" in _body(keys)


def test_the_operator_makes_a_partner(fresh: Processes, platform: Platform) -> None:
    del platform
    body = {"origin": f"fresh{settings().stage}", "display_name": "Fresh"}
    [made] = fresh.ask("admin", request("POST", "/admin/partners", headers=_bearer(settings().admin_key), body=body))
    assert _body(made)["origin"] == body["origin"]


def test_holders_are_sent_to_sign_in(fresh: Processes, platform: Platform) -> None:
    del platform
    [page] = fresh.ask("holders_pages", request("GET", "/claim"))
    assert (page["statusCode"], page["headers"]["Location"]) == (303, "/claim/sign-in?next=/claim")


def test_the_reference_describes_each_webhook(fresh: Processes, platform: Platform) -> None:
    del platform
    [document] = fresh.ask("reference", request("GET", "/openapi.json"))
    assert sorted(_body(document)["webhooks"]) == list(TYPES)


@pytest.fixture
def pump(fresh: Processes, platform: Platform) -> Pump:
    """Works each batch of messages in a process of its own."""
    platform.drain()
    pump = Pump(platform.app, seconds_scale=settings().seconds_scale)
    pump.queues = fresh_handlers(pump.queues, fresh)
    return pump


def _drain(pump: Pump) -> set[str]:
    """Works all that can be received; the handlers that were at work."""
    worked: set[str] = set()

    def noted(queue: QueueSource) -> QueueSource:
        def handler(event: Any, context: Any) -> Any:
            worked.add(queue.name)
            return queue.handler(event, context)

        return replace(queue, handler=handler)

    queues = pump.queues
    pump.queues = [noted(queue) for queue in queues]
    assert pump.drain(timeout_seconds=60).failed == 0
    pump.queues = queues
    return worked


def test_a_mint_is_made_and_told_of(fresh: Processes, pump: Pump, partner: Partner) -> None:
    with Receiver() as receiver:
        partner.add_endpoint(receiver.url)
        token = partner.announce().json["tokenId"]
        assert partner.mint().status == 200
        worked: set[str] = set()
        for _ in range(3):
            worked |= _drain(pump)
            fresh.handle("sweep_chain", schedule_event("sweep_chain", region="eu-central-1"))
        assert partner.nft(token)["status"] == "minted"
        worked |= _drain(pump)
        assert [json.loads(each.body)["actionType"] for each in receiver.requests] == ["newBcNftMint"]
        assert {"work_chain_jobs", "deliver_webhooks"} <= worked
        [listed] = partner.platform.call("GET", "/webhooks/deliveries?status=delivered", key=partner.key).json["data"]
        partner.platform.call("POST", f"/webhooks/deliveries/{listed['id']}/replay", key=partner.key)
        assert "deliver_slow_webhooks" in _drain(pump)
        assert len(receiver.requests) == 2


def test_a_mission_is_verified_and_rewarded(pump: Pump, partner: Partner) -> None:
    partner.save_interaction("bonus", xpIncrement=7)
    token = partner.announce().json["tokenId"]
    partner.save_interaction()
    partner.act()
    missions = Missions(partner)
    number = missions.answer_for(reward_contract_id="summer_party", reward_action_id="bonus")
    assert missions.ask(f"ada@example.com/{number}").json == {"success": True}
    assert "grant_rewards" in _drain(pump)
    assert partner.nft(token)["xp"] == 12
    with Receiver(then=Answer(200, body=b'{"success": true}')) as receiver:
        job = missions.call(
            "POST", f"/missions/{missions.mission(receiver.url)}/verify_many", {"uids": [missions.user()]}
        )
        assert "verify_users" in _drain(pump)
    assert missions.call("GET", f"/jobs/{job.json['job_id']}").json["done"] == 1


def test_a_deleted_users_rows_are_tidied_up(pump: Pump, platform: Platform) -> None:
    dream = new_dream(platform)
    dream.delete(f"/users/{dream.user('1')['user_id']}")
    assert "tidy_dreamspace" in _drain(pump)


@pytest.mark.parametrize(
    "name",
    [
        "sweep_webhooks",
        "sweep_chain",
        "watch_chains",
        "read_chains",
        "sweep_rewards",
        "sweep_verifications",
        "sweep_dreamspace",
        "measure_queues",
    ],
)
def test_each_schedule_runs(fresh: Processes, platform: Platform, name: str) -> None:
    assert name in {schedule.name for schedule in platform.pump.schedules}
    fresh.handle(name, schedule_event(name, region="eu-central-1"))
