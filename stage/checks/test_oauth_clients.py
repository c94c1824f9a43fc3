"""OAuth's client libraries against the stage: the same tests as of a local run."""

import pytest

from stage.checks.applications import registered
from stage.checks.conftest import DeployedStage, Partner
from tests.outside.oauth import OAuthClients, Place

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def place(stage: DeployedStage, partner: Partner) -> Place:
    """The stage, whose partner is asked for its consent to another one's applications."""
    owner = "toolmaker"
    stage.command("partner", "create", owner, "--name", "Toolmaker")
    return Place(
        base=stage.address,
        issuer=stage.address,
        shop=registered(stage, owner),
        public=registered(stage, owner, public=True),
        register=lambda redirect_uris: registered(stage, owner, redirect_uris=redirect_uris),
        account=partner.origin,
        account_key=partner.key,
    )


class TestClients(OAuthClients):
    """Against the stage."""
