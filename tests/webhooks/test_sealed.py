"""Nothing secret of an endpoint can be read in a table, and what was stored before is read all the same."""

import json

import pytest
from standardwebhooks import Webhook

from chalicelib.core import aws, envelopes
from chalicelib.core.settings import settings
from chalicelib.webhooks.service import sealed
from tests.platform import Platform
from tests.receivers import Received, Receiver
from tests.spaces.world import new_account
from tests.webhooks.older_rows import unsealed
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")


def stored(*tables: str) -> str:
    """Everything that the tables hold, as text."""
    text = ""
    for table in tables:
        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=settings().prefix + table)
        text += "".join(json.dumps(page["Items"], default=lambda raw: raw.decode("latin-1")) for page in pages)
    return text


def signed_by(secret: str, request: Received) -> bool:
    """Whether a receiver that knows the secret takes the request; raises where it does not."""
    return Webhook(secret).verify(request.body, dict(request.headers)) is not None


def test_secrets_and_the_header_lie_sealed_through_their_whole_life(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url, api_key_header="an-open-sesame")
    path = f"/webhooks/endpoints/{endpoint['id']}"
    rotated = partner.call("POST", f"{path}/rotate_secret", {}).json["secret"]
    partner.call("PATCH", path, {"api_key_header": "another-sesame"})
    assert partner.get(path)["api_key_header"] == "another-sesame"
    partner.emit()
    drain()
    [request] = receiver.requests
    assert request.headers["x-api-key"] == "another-sesame"
    assert signed_by(endpoint["secret"], request)
    assert signed_by(rotated, request)
    text = stored("webhooks", "partners")
    for secret in ("an-open-sesame", "another-sesame", "whsec_", endpoint["secret"][6:], rotated[6:]):
        assert secret not in text
    assert partner.call("PATCH", path, {"api_key_header": None}).json["api_key_header"] is None


def test_headers_lie_sealed_and_only_their_names_are_shown(partner: Partner, receiver: Receiver) -> None:
    headers = {"X-Tenant": "open-poppy", "Authorization": "Bearer open-maple"}
    endpoint = partner.endpoint(receiver.url, headers=headers, api_key_header="sesame")
    path = f"/webhooks/endpoints/{endpoint['id']}"
    assert endpoint["headers"] == partner.get(path)["headers"] == list(headers)
    partner.emit()
    drain()
    [request] = receiver.requests
    assert {name: request.headers[name.lower()] for name in headers} == headers
    assert request.headers["x-api-key"] == "sesame"
    assert signed_by(endpoint["secret"], request)
    text = stored("webhooks", "partners")
    assert "open-poppy" not in text
    assert "open-maple" not in text
    # What is given replaces all of them; without a word of them they stay.
    assert partner.call("PATCH", path, {"headers": {"X-Other": "open-tulip"}}).json["headers"] == ["X-Other"]
    assert partner.call("PATCH", path, {"description": "x"}).json["headers"] == ["X-Other"]
    partner.emit()
    drain()
    assert receiver.requests[1].headers["x-other"] == "open-tulip"
    assert "x-tenant" not in receiver.requests[1].headers
    assert partner.call("PATCH", path, {"headers": {}}).json["headers"] == []


def test_a_worker_that_opened_nothing_yet_signs(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url, api_key_header="sesame")
    partner.emit()
    envelopes.forget_keys()
    sealed._opened.clear()
    drain()
    assert receiver.requests[0].headers["x-api-key"] == "sesame"
    assert signed_by(endpoint["secret"], receiver.requests[0])


@pytest.mark.parametrize("way", ["shown", "listed", "changed"])
def test_a_row_of_before_is_sealed_with_the_first_call_that_reads_it(
    partner: Partner, receiver: Receiver, way: str
) -> None:
    endpoint = partner.endpoint(receiver.url)
    old, path = unsealed(partner.origin, endpoint["id"]), f"/webhooks/endpoints/{endpoint['id']}"
    assert old in stored("webhooks")
    if way == "shown":
        shown = partner.get(path)
    elif way == "listed":
        [shown] = partner.get("/webhooks/endpoints")["data"]
    else:
        shown = partner.call("PATCH", path, {"description": "x"}).json
    assert shown["api_key_header"] == "old-sesame"
    text = stored("webhooks")
    assert old not in text
    assert "old-sesame" not in text
    partner.emit()
    drain()
    assert signed_by(old, receiver.requests[0])
    assert receiver.requests[0].headers["x-api-key"] == "old-sesame"


def test_a_row_of_before_is_read_by_workers_and_sealed_with_the_next_rotation(
    partner: Partner, receiver: Receiver
) -> None:
    endpoint = partner.endpoint(receiver.url)
    old, path = unsealed(partner.origin, endpoint["id"]), f"/webhooks/endpoints/{endpoint['id']}"
    partner.emit()
    drain()
    assert signed_by(old, receiver.requests[0])
    assert receiver.requests[0].headers["x-api-key"] == "old-sesame"
    new = partner.call("POST", f"{path}/rotate_secret", {}).json["secret"]
    partner.emit()
    drain()
    assert signed_by(old, receiver.requests[1])
    assert signed_by(new, receiver.requests[1])
    assert receiver.requests[1].headers["x-api-key"] == "old-sesame"
    text = stored("webhooks")
    assert old not in text
    assert "old-sesame" not in text


def test_the_secret_of_a_rest_hook_is_answered_again_and_stored_sealed(platform: Platform) -> None:
    account = new_account(platform)
    body = {"event": "customer.created", "target_url": "https://hooks.example.com/in"}
    first = account.post("/resource_subscriptions", body, **{"Idempotency-Key": "k-1"})
    envelopes.forget_keys()
    assert account.post("/resource_subscriptions", body, **{"Idempotency-Key": "k-1"}) == first
    text = stored("idempotency", "webhooks")
    assert first["secret"].startswith("whsec_")
    assert first["secret"][6:] not in text
    assert "hooks.example.com/in" not in stored("idempotency")
