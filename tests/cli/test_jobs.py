"""`spacegarden jobs`."""

import pytest

from tests.cli.shell import Shell, fields_of
from tests.platform import Partner, Platform


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner whose mints wait until the queues are worked."""
    return platform.new_partner()


def test_jobs_are_listed_tried_again_and_cancelled(shell: Shell, partner: Partner) -> None:
    place = (partner.origin, "summer_party")
    tokens = []
    for uid in ("ada", "bob"):
        tokens.append(partner.announce(uid).json["tokenId"])
        partner.mint(uid)
    kept, ended = (f"{token}-mint-1" for token in tokens)
    assert {job["id"] for job in shell.json("jobs", "list", *place)["data"]} == {kept, ended}
    assert kept in shell.say("jobs", "list", *place)
    assert "There are more: see --all" in shell.run("jobs", "list", *place, "--limit", "1").stderr
    first, second = shell.json("jobs", "list", *place, "--all")["data"]
    assert shell.json("jobs", "list", *place, "--after", first["cursor"])["data"] == [second]
    assert f"The job {kept} is tried now." in shell.say("jobs", "retry", *place, kept)
    assert fields_of(shell.say("jobs", "cancel", *place, ended, "--yes"))["kind"] == "mint"
    partner.platform.drain()
    assert shell.json("jobs", "list", *place)["data"] == []
    assert [partner.nft(token)["status"] for token in tokens] == ["minted", "mint_failed"]


def test_job_is_cancelled_only_when_the_question_is_answered(shell: Shell, partner: Partner) -> None:
    token = partner.announce("cy").json["tokenId"]
    partner.mint("cy")
    refused = shell.run("jobs", "cancel", partner.origin, "summer_party", f"{token}-mint-1", typed="n\n")
    assert refused.exit_code != 0
    assert shell.json("jobs", "list", partner.origin, "summer_party")["data"]
    partner.platform.drain()
