"""Stripe's client against the stage: the same tests as of a local run."""

import pytest

from stage.checks.applications import registered
from stage.checks.conftest import DeployedStage
from tests.outside.stripes import Place, StripeClient

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def place(stage: DeployedStage) -> Place:
    """The stage, and an account with a space and seven customers."""
    origin = "merchant"
    stage.command("partner", "create", origin, "--name", "Merchant")
    shop = registered(stage, origin)
    assert shop.client_secret is not None
    form = {"grant_type": "client_credentials", "scope": "read_write"}
    given = stage.call("POST", "/oauth/token", data=form, auth=(shop.client_id, shop.client_secret))
    assert given.status_code == 200, given.text
    token = (given.json()["access_token"], "")
    assert stage.call("POST", "/api/v1/spaces", {"url": "https://merchant.example"}, auth=token).status_code == 200
    for number in range(7):
        body = {"name": f"C{number}", "email": "ada@example.com", "space": 1}
        assert stage.call("POST", "/api/v1/customers", body, auth=token).status_code == 200
    return Place(stage.address, token[0])


class TestStripeClient(StripeClient):
    """Against the stage."""
