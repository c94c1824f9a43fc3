"""`spacegarden oauth-client` and `spacegarden oauth-grant`."""

import pytest

from tests.cli.shell import Shell
from tests.oauth.flows import register
from tests.platform import Partner, Platform


@pytest.fixture
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


def test_grace_is_given_and_changed(shell: Shell, partner: Partner) -> None:
    created = shell.json("oauth-client", "create", partner.origin, "--name", "Shop", "--refresh-grace", "30")
    assert created["refresh_grace_seconds"] == 30
    changed = shell.json("oauth-client", "update", partner.origin, created["client_id"], "--refresh-grace", "0")
    assert changed["refresh_grace_seconds"] == 0
    assert shell.run("oauth-client", "update", partner.origin, "x", "--refresh-grace", "61").exit_code == 2


def test_grants_are_listed_shown_and_ended(shell: Shell, partner: Partner) -> None:
    shop = register(partner, name="Corner Shop")
    given = shop.tokens_of(partner)
    [grant] = shell.json("oauth-grant", "list", partner.origin)["data"]
    assert grant["client_id"] == shop.client_id
    assert "Corner Shop" in shell.say("oauth-grant", "list", partner.origin)
    assert shell.json("oauth-grant", "show", partner.origin, grant["id"]) == grant
    assert shell.run("oauth-grant", "end", partner.origin, grant["id"], typed="n\n").exit_code == 1
    assert shop.refresh(given["refresh_token"]).status == 200
    assert shell.run("oauth-grant", "end", partner.origin, grant["id"], "--yes").exit_code == 0
    assert shell.json("oauth-grant", "list", partner.origin)["data"] == []
    assert shell.run("oauth-grant", "end", partner.origin, grant["id"], "--yes").exit_code == 1
