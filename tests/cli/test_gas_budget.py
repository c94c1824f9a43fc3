"""`spacegarden gas-budget`."""

from tests.cli.shell import Shell, fields_of
from tests.platform import Partner


def test_budget_is_set_listed_and_deleted(shell: Shell, partner: Partner) -> None:
    place = (partner.origin, "local")
    said = shell.say("gas-budget", "set", *place, "--mints", "5", "--coins", "0.5")
    assert said.startswith(f"Set the budget of {partner.origin} on local.")
    assert (fields_of(said)["mints"], fields_of(said)["coins"]) == ("5", "0.5")
    changed = shell.json("gas-budget", "set", *place, "--coins", "none", "--updates", "7")
    assert (changed["mints"], changed["updates"], changed["coins"]) == (5, 7, None)
    assert shell.json("gas-budget", "list", partner.origin)["data"] == [changed]
    assert "without limit" in shell.say("gas-budget", "delete", *place)
    assert shell.json("gas-budget", "list", partner.origin)["data"] == []


def test_limit_that_is_no_number_is_wrong_usage(shell: Shell, partner: Partner) -> None:
    assert shell.run("gas-budget", "set", partner.origin, "local", "--mints", "many").exit_code == 2
    assert shell.run("gas-budget", "set", partner.origin, "local").exit_code == 2


def test_chain_that_the_stage_does_not_have_is_refused_with_those_it_has(shell: Shell, partner: Partner) -> None:
    refused = shell.run("gas-budget", "set", partner.origin, "polygon", "--mints", "5")
    assert refused.exit_code == 1
    assert "There is no chain polygon on this stage; there is local." in refused.stderr
