"""`spacegarden key`."""

import pytest

from tests.cli.shell import Shell, fields_of
from tests.platform import Partner, Platform


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


def _works(partner: Partner, key: str) -> bool:
    return partner.platform.call("GET", "/webhooks/endpoints", key=key).status == 200


def test_create_shows_the_key_once_and_says_so(shell: Shell, partner: Partner) -> None:
    result = shell.run("key", "create", partner.origin, "--name", "deploys")
    fields = fields_of(result.stdout)
    assert _works(partner, fields["key"])
    assert (fields["name"], fields["scopes"], fields["revoked"]) == ("deploys", "all", "no")
    assert "will not be shown again" in result.stdout
    assert fields["key"] not in shell.say("key", "show", partner.origin, fields["id"])


def test_create_as_json_prints_the_object_alone_and_warns_beside_it(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin)
    assert _works(partner, created["key"])
    assert "will not be shown again" in shell.run("key", "create", partner.origin, "--json").stderr


def test_scopes_are_given_one_by_one(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin, "--scope", "gardenlab", "--scope", "missions")
    assert created["scopes"] == ["gardenlab", "missions"]
    assert not _works(partner, created["key"])
    assert fields_of(shell.say("key", "show", partner.origin, created["id"]))["scopes"] == "gardenlab, missions"


def test_list_prints_the_keys_without_their_secrets(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin, "--name", "second", "--scope", "webhooks")
    printed = shell.say("key", "list", partner.origin)
    assert [line.split()[1] for line in printed.splitlines()][:2] == ["NAME", "second"]
    assert created["key"] not in printed
    shown = shell.json("key", "list", partner.origin)
    assert shown == partner.platform.admin("GET", f"/{partner.origin}/keys").json
    assert shown["data"][0]["id"] == created["id"]


def test_revoke_ends_a_key_after_a_yes(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin)
    result = shell.run("key", "revoke", partner.origin, created["id"], typed="y\n")
    assert result.exit_code == 0
    assert fields_of(result.stdout)["revoked"] == "yes"
    assert not _works(partner, created["key"])


def test_revoke_does_nothing_after_a_no(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin)
    result = shell.run("key", "revoke", partner.origin, created["id"], typed="n\n")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Nothing was changed." in result.stderr
    assert _works(partner, created["key"])


def test_revoke_does_nothing_where_nobody_answers(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin)
    result = shell.run("key", "revoke", partner.origin, created["id"])
    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert _works(partner, created["key"])


def test_revoke_does_not_ask_with_yes(shell: Shell, partner: Partner) -> None:
    created = shell.json("key", "create", partner.origin)
    assert shell.json("key", "revoke", partner.origin, created["id"], "--yes")["revoked"] is True
