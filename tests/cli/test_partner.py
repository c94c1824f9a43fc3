"""`spacegarden partner`."""

import pytest

from chalicelib.core.ids import random_token
from tests.cli.shell import Shell, fields_of
from tests.platform import Partner, Platform


@pytest.fixture
def origin(shell: Shell) -> str:
    name = f"c{random_token(10)}"
    shell.say("partner", "create", name, "--email", "partners@example.com")
    return name


def test_create_prints_what_the_api_answers(shell: Shell, platform: Platform) -> None:
    origin = f"c{random_token(10)}"
    created = shell.json("partner", "create", origin, "--name", "Grüße GmbH", "--email", "a@example.com")
    assert created == platform.admin("GET", f"/{origin}").json
    assert (created["display_name"], created["contact_email"]) == ("Grüße GmbH", "a@example.com")


def test_a_partner_is_called_like_its_origin_unless_it_has_a_name(shell: Shell) -> None:
    origin = f"c{random_token(10)}"
    printed = shell.say("partner", "create", origin)
    assert printed.startswith(f"Created the partner {origin}.\n")
    fields = fields_of(printed)
    assert (fields["display_name"], fields["contact_email"]) == (origin, "-")


def test_show_prints_the_fields(shell: Shell, origin: str) -> None:
    assert fields_of(shell.say("partner", "show", origin))["contact_email"] == "partners@example.com"
    assert shell.json("partner", "show", origin)["origin"] == origin


def test_update_changes_what_is_given_and_no_more(shell: Shell, origin: str) -> None:
    changed = shell.json("partner", "update", origin, "--name", "Renamed")
    assert (changed["display_name"], changed["contact_email"]) == ("Renamed", "partners@example.com")


def test_the_budget_of_collections_is_set(shell: Shell, origin: str) -> None:
    assert shell.json("partner", "show", origin)["collection_budget"] == 0
    assert shell.json("partner", "update", origin, "--collection-budget", "3")["collection_budget"] == 3


def test_it_is_set_how_long_rows_are_kept(shell: Shell, origin: str) -> None:
    changed = shell.json("partner", "update", origin, "--keep-webhook-bodies", "30", "--keep-attempts", "14")
    assert changed["retention"] == {"webhook_bodies": 30, "attempts": 14, "evidence": 90}
    assert shell.json("partner", "update", origin, "--keep-evidence", "5")["retention"]["evidence"] == 5
    assert shell.run("partner", "update", origin, "--keep-evidence", "4").exit_code == 2


def test_update_takes_the_contact_away(shell: Shell, origin: str) -> None:
    assert fields_of(shell.say("partner", "update", origin, "--email", "none"))["contact_email"] == "-"


def test_update_without_a_change_is_wrong_usage(shell: Shell, origin: str) -> None:
    result = shell.run("partner", "update", origin)
    assert result.exit_code == 2
    assert "nothing to change" in result.stderr


def test_list_prints_a_table_newest_first(shell: Shell, origin: str) -> None:
    other = f"c{random_token(10)}"
    shell.say("partner", "create", other)
    lines = shell.say("partner", "list", "--all").splitlines()
    assert lines[0].split() == ["ORIGIN", "DISPLAY_NAME", "CONTACT_EMAIL", "CREATED_AT"]
    origins = [line.split()[0] for line in lines[1:]]
    assert origins.index(other) < origins.index(origin)


def test_list_prints_the_apis_list_object(shell: Shell, platform: Platform, origin: str) -> None:
    shown = shell.json("partner", "list", "--limit", "1", "--after", origin)
    assert shown == platform.admin("GET", "", query={"limit": 1, "starting_after": origin}).json
    assert shown["object"] == "list"


def test_a_list_that_is_cut_says_so(shell: Shell, origin: str) -> None:
    shell.say("partner", "create", f"c{random_token(10)}")
    result = shell.run("partner", "list", "--limit", "1")
    assert len(result.stdout.splitlines()) == 2
    assert "--all" in result.stderr
    assert origin not in result.stdout


def test_what_a_terminal_would_obey_is_printed_as_text(shell: Shell) -> None:
    origin = f"c{random_token(10)}"
    printed = shell.say("partner", "create", origin, "--name", "a\x1b[2Jb\nc")
    assert fields_of(printed)["display_name"] == r"a\x1b[2Jb\nc"


def test_usage_names_what_the_mints_of_a_day_cost(shell: Shell, partner: Partner) -> None:
    partner.announce()
    partner.mint()
    partner.platform.drain()
    today = shell.json("partner", "usage", partner.origin)["data"][-1]
    [cost] = today["costs"]
    printed = shell.say("partner", "usage", partner.origin).splitlines()
    assert printed[1].split()[:6] == [today["date"], "1", "0", "1", "0", "0"]
    assert f"{cost['coins']} on local" in printed[1]
