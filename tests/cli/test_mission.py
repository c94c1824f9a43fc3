"""`spacegarden mission` and `spacegarden link`."""

import pytest

from tests.cli.shell import Shell, fields_of
from tests.platform import Partner, Platform

ACTIVITY = "gardenlab:summer_party:checkin"


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


def test_a_mission_is_set_up_shown_changed_and_ended(shell: Shell, partner: Partner) -> None:
    said = shell.say(
        "mission", "create", partner.origin, "7", ACTIVITY, "--allow-unknown", "--target", "3", "--secret", "hush"
    )
    assert fields_of(said)["has_secret"] == "yes"
    assert "hush" not in said
    shown = shell.json("mission", "show", partner.origin, "7")
    assert (shown["target"], shown["activity"]) == (3, ACTIVITY)
    assert f"/missions/{partner.origin}/<Email>/7?wallet=<wallet>" in shown["url"]
    assert fields_of(shell.say("mission", "show", partner.origin, "7"))["galxe"] == shown["urls"]["galxe"]
    changed = shell.json("mission", "update", partner.origin, "7", "--secret", "none", "--kind", "accumulative")
    assert (changed["has_secret"], changed["kind"]) == (False, "accumulative")
    assert "7" in shell.say("mission", "list", partner.origin)
    assert shell.json("mission", "delete", partner.origin, "7", "--yes")["mission"] == 7
    assert shell.run("mission", "show", partner.origin, "7").exit_code == 1


def test_a_link_is_set_up_listed_and_taken_back(shell: Shell, partner: Partner) -> None:
    created = shell.json("link", "create", partner.origin, "email:Ada@Example.com", "discord:42")
    assert created["a"] == {"kind": "email", "value": "ada@example.com"}
    assert "discord:42" in shell.say("link", "list", partner.origin)
    assert shell.json("link", "show", partner.origin, created["id"]) == created
    assert shell.json("link", "delete", partner.origin, created["id"], "--yes") == created
    assert shell.json("link", "list", partner.origin)["data"] == []


def test_an_identity_without_a_kind_is_wrong_usage(shell: Shell, partner: Partner) -> None:
    assert shell.run("link", "create", partner.origin, "ada@example.com", "discord:42").exit_code == 2
