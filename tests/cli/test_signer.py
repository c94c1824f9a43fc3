"""`spacegarden signer`, and `spacegarden collection status`."""

import json

import pytest

from chalicelib.chain.service.nodes import node_of
from tests.cli.shell import Shell, fields_of
from tests.platform import Partner, Platform
from tests.receivers import Answer, Receiver


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner with a collection on the chain."""
    return platform.new_partner()


def test_signers_are_listed_with_what_they_have_left(shell: Shell) -> None:
    listed = shell.json("signer", "list")
    [local] = [signer for signer in listed["data"] if signer["chain"] == "local"]
    assert (local["address"], local["key"], local["low"]) == (node_of("local").signer.address, "kms", False)
    assert local["in_flight"] == 0
    assert node_of("local").signer.address in shell.say("signer", "list")


def test_balance_is_told_in_coins_of_the_chain(shell: Shell) -> None:
    shown = shell.json("signer", "balance", "local")
    assert 1 < float(shown["balance"]) < 1000
    assert shell.say("signer", "balance", "local").startswith(shown["balance"])


def test_nodes_of_a_chain_are_listed_with_how_they_stand(shell: Shell) -> None:
    [node] = shell.json("signer", "nodes", "local")["data"]
    assert (node["state"], node["head"] > 0) == ("used", True)
    assert node["host"] in shell.say("signer", "nodes", "local")


def test_signer_of_a_chain_that_is_not_configured_is_refused(shell: Shell) -> None:
    result = shell.run("signer", "balance", "moon")
    assert result.exit_code == 1
    assert "There is no chain moon on this stage; there is local." in result.stderr


def test_status_of_a_collection_is_what_the_chain_shows(shell: Shell, partner: Partner) -> None:
    status = shell.json("collection", "status", partner.origin, "summer_party")
    assert (status["deployed"], status["may_mint"], status["error"]) == (True, True, None)
    assert status["signer"] == node_of("local").signer.address
    assert (
        fields_of(shell.say("collection", "status", partner.origin, "summer_party"))["contract"] == status["contract"]
    )


def test_status_of_a_collection_that_is_none_is_refused(shell: Shell, partner: Partner) -> None:
    assert shell.run("collection", "status", partner.origin, "nothing").exit_code == 1


def test_a_balance_that_the_node_does_not_tell_fails_the_command(shell: Shell) -> None:
    silent = {
        "chain": "local",
        "address": "0xc0ffee",
        "balance": None,
        "low": None,
        "waits_for": None,
        "error": "the node is silent",
    }
    with Receiver(answers=[Answer(200, {"Content-Type": "application/json"}, json.dumps(silent).encode())]) as receiver:
        result = shell.run("signer", "balance", "local", "--url", receiver.url)
    assert result.exit_code == 1
    assert "the node is silent" in result.stdout
