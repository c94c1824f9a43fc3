"""`spacegarden collection verify`, against a verifier that takes what Sourcify's public description allows."""

import json
from collections.abc import Iterator

import pytest

from infra import ROOT
from tests.cli.shell import Shell, fields_of
from tests.outside.sourcify import Sourcify, running_sourcify
from tests.platform import Partner, Platform
from tests.receivers import Answer, Receiver


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner with the collection summer_party on version 2, and old_party on version 1."""
    partner = platform.new_partner()
    partner.add_collection("old_party", contract_version="v1")
    return partner


@pytest.fixture
def sourcify(platform: Platform, partner: Partner) -> Iterator[Sourcify]:
    """A verifier that knows the chain."""
    state = platform.admin("GET", f"/{partner.origin}/collections/summer_party/status").json
    with running_sourcify() as fake:
        fake.chains = {str(state["chain_id"])}
        yield fake


@pytest.mark.parametrize(
    ("collection", "contract"),
    [("summer_party", "SpacegardenCollectionV2"), ("old_party", "SpacegardenCollection")],
)
def test_source_and_settings_are_submitted_and_the_result_is_printed(
    shell: Shell, partner: Partner, sourcify: Sourcify, collection: str, contract: str
) -> None:
    sourcify.pending_looks = 1
    printed = shell.say("collection", "verify", partner.origin, collection, "--sourcify", sourcify.url)

    [(chain_id, address, submitted)] = sourcify.submissions
    assert address == shell.json("collection", "show", partner.origin, collection)["contract"]
    assert {chain_id} == sourcify.chains
    assert submitted["contractIdentifier"] == f"{contract}.sol:{contract}"
    source = (ROOT / "contracts" / f"{contract}.sol").read_text()
    assert submitted["stdJsonInput"]["sources"][f"{contract}.sol"]["content"] == source
    deployed = json.loads((ROOT / "chalicelib/chain/artifacts" / f"{contract}.json").read_text())
    assert submitted["compilerVersion"] == deployed["compiler"]["version"]
    assert submitted["stdJsonInput"]["settings"]["optimizer"] == deployed["compiler"]["optimizer"]
    assert printed.startswith(f"The source of {address} is verified (exact_match).")
    assert fields_of(printed)["runtime_match"] == "exact_match"


def test_a_source_that_does_not_match_ends_with_the_verifiers_reason(
    shell: Shell, partner: Partner, sourcify: Sourcify
) -> None:
    sourcify.error = {"customCode": "no_match", "message": "The bytecodes don't match.", "errorId": "1"}
    result = shell.run("collection", "verify", partner.origin, "summer_party", SPACEGARDEN_SOURCIFY=sourcify.url)

    assert result.exit_code == 1
    assert "is not verified." in result.stdout
    assert fields_of(result.stdout)["error"] == "The bytecodes don't match. (no_match)"


def test_a_contract_that_is_verified_already_is_shown_as_it_is(
    shell: Shell, partner: Partner, sourcify: Sourcify
) -> None:
    address = shell.json("collection", "show", partner.origin, "summer_party")["contract"]
    sourcify.verified = {(*sourcify.chains, address)}
    sourcify.match = "match"

    found = shell.json("collection", "verify", partner.origin, "summer_party", "--sourcify", sourcify.url)

    assert (found["completed"], found["match"], found["error"]) == (True, "match", None)
    assert sourcify.submissions == []


def test_a_verifier_that_takes_long_is_left_to_its_work(shell: Shell, partner: Partner, sourcify: Sourcify) -> None:
    sourcify.pending_looks = 100
    words = ["collection", "verify", partner.origin, "summer_party", "--sourcify", sourcify.url, "--patience", "0"]
    result = shell.run(*words)

    assert result.exit_code == 1
    assert "run the command again later" in result.stdout


def test_a_chain_that_the_verifier_does_not_know_is_told_by_its_words(
    shell: Shell, partner: Partner, sourcify: Sourcify
) -> None:
    sourcify.chains = {"1"}
    result = shell.run("collection", "verify", partner.origin, "summer_party", "--sourcify", sourcify.url)

    assert result.exit_code == 1
    assert "not found (unsupported_chain, 404)" in result.stderr


def test_what_is_no_verifier_is_told_so(shell: Shell, partner: Partner) -> None:
    with Receiver(answers=[Answer(200, body=b"hello")]) as receiver:
        url = receiver.url.rstrip("/")
        result = shell.run("collection", "verify", partner.origin, "summer_party", "--sourcify", url)

    assert result.exit_code == 3
    assert f"What answers at {url} (200) is not Sourcify." in result.stderr


def test_a_verifier_that_is_not_there_is_named(shell: Shell, partner: Partner) -> None:
    result = shell.run("collection", "verify", partner.origin, "summer_party", "--sourcify", "http://127.0.0.1:1")

    assert result.exit_code == 3
    assert "The verifier at http://127.0.0.1:1 did not answer: Connection refused." in result.stderr
