"""A call of ours that leads back to us ends: at registration where that can be known, else when it arrives."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.core.egress.shared import _gateways
from chalicelib.core.settings import settings
from tests.package.gateway_events import request as gateway_request
from tests.platform import Platform
from tests.receivers import Receiver
from tests.served import served
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Gives the stage another public address."""

    def move(url: str) -> None:
        monkeypatch.setenv("SPACEGARDEN_PUBLIC_URL", url)
        settings.cache_clear()

    yield move
    monkeypatch.undo()
    settings.cache_clear()
    _gateways.clear()


def test_an_endpoint_at_our_public_address_is_refused(partner: Partner, at: Callable[..., None]) -> None:
    at("https://api.spacegarden.example")
    endpoint = partner.endpoint("https://hooks.example.com/in")
    for url in ("https://api.spacegarden.example/webhooks/x", "https://API.spacegarden.example:8443/missions/a/1"):
        refused = partner.call("POST", "/webhooks/endpoints", {"url": url})
        assert refused.status == 400
        assert "leads back to this service" in refused.json["error"]["message"]
        assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": url}).status == 400


def test_an_endpoint_at_a_local_runs_own_port_is_refused(partner: Partner, at: Callable[..., None]) -> None:
    at("http://127.0.0.1:8765")
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert partner.call("POST", "/webhooks/endpoints", {"url": f"http://{host}:8765/x"}).status == 400
        assert partner.call("POST", "/webhooks/endpoints", {"url": f"http://{host}:8766/x"}).status == 200


def test_the_gateways_name_of_the_api_is_refused_with_the_very_request(
    partner: Partner, platform: Platform, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at("https://api.spacegarden.example")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    event = gateway_request(
        "POST",
        "/webhooks/endpoints",
        headers={"authorization": f"Bearer {partner.key}"},
        body={"url": "https://abc123.execute-api.eu-central-1.amazonaws.com/api/webhooks/x"},
    )
    event["requestContext"]["apiId"] = "abc123"
    answered = platform.app(event, None)
    assert answered["statusCode"] == 400
    assert "leads back" in answered["body"]


def test_a_mission_may_ask_here_only_where_we_answer_for_partners(partner: Partner, at: Callable[..., None]) -> None:
    at("https://api.spacegarden.example")
    body = {"name": "m", "kind": "simple"}
    for path, status in (("/missions/spacex/<Email>/1", 200), ("/space3/missions/<Email>/verify", 400)):
        url = f"https://api.spacegarden.example{path}"
        assert partner.call("POST", "/space3/missions", {**body, "url_template": url}).status == status


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/webhooks/deliveries/dlv_01JXA8Z7Q2W4E6R8T0Y2/replay"),
        ("GET", "/api/v1/customers"),
        ("POST", "/api/v1/newActionForUser"),
        ("GET", "/users"),
        ("POST", "/oauth/token"),
        ("GET", "/console"),
        ("GET", "/missions/spacex/1"),
        ("GET", "/admin/partners"),
    ],
)
def test_a_webhook_of_ours_is_refused_by_every_surface(partner: Partner, method: str, path: str) -> None:
    event_id = partner.emit()
    headers = {"Authorization": f"Bearer {partner.key}", "Webhook-Id": event_id}
    refused = partner.call(method, path, headers=headers)
    assert refused.status == 508
    assert "webhook of this service" in refused.json["message"]


def test_anothers_webhook_is_none_of_ours(partner: Partner) -> None:
    headers = {"Authorization": f"Bearer {partner.key}", "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"}
    assert partner.call("GET", "/webhooks/events", headers=headers).status == 200


def test_a_verification_of_ours_may_ask_for_partners_and_nothing_else(partner: Partner) -> None:
    headers = {"X-API-KEY": partner.key, "webhook-id": "evd_01JXA8Z7Q2W4E6R8T0Y2"}
    assert partner.call("GET", "/space3/missions", headers=headers).status == 508
    assert partner.call("GET", f"/missions/{partner.origin}/1", headers=headers).status == 404


@pytest.fixture
def elsewhere(platform: Platform) -> Iterator[str]:
    """The app behind an address that is not known as its own."""
    with served(platform.app) as url:
        yield url


def test_an_endpoint_that_leads_to_our_replay_is_refused_when_it_is_called(partner: Partner, elsewhere: str) -> None:
    with Receiver() as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        replay = f"{elsewhere}/webhooks/deliveries/{partner.delivery()['id']}/replay"
        partner.endpoint(replay, api_key_header=partner.key, event_types=["customer.updated"])
        partner.emit(event_type="customer.updated")
        drain()
    [looping] = [each for each in partner.deliveries() if each["attempts"] and each["attempts"][-1]["status"] == 508]
    assert looping["status"] == "scheduled"
    assert "webhook of this service" in looping["attempts"][0]["head"]
