"""`spacegarden collection`, `category` and `interaction`."""

import json

import pytest

from chalicelib.chain.service.nodes import node_of
from tests.cli.shell import Shell, fields_of
from tests.platform import HOLDER, Partner, Platform
from tests.receivers import Answer, Receiver

_JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """A partner for the tests of this module, with the collection summer_party and the category VIP."""
    return platform.new_partner()


@pytest.fixture
def place(partner: Partner) -> tuple[str, str]:
    return partner.origin, "summer_party"


@pytest.fixture(scope="module")
def interaction_id(partner: Partner) -> str:
    return str(partner.save_interaction("window").json["id"])


def test_deploy_puts_a_contract_on_the_chain(shell: Shell, partner: Partner) -> None:
    words = ["--name", "Winter Ball", "--symbol", "BALL", "--thresholds", "0,10,20.5"]
    deployed = shell.json("collection", "deploy", partner.origin, "winter_ball", *words)
    assert node_of("local").rpc.code(deployed["contract"])
    assert (deployed["chain"], deployed["level_thresholds"]) == ("local", [0, 10, 20.5])
    assert deployed == shell.json("collection", "show", partner.origin, "winter_ball")


def test_deployed_contract_is_changed_and_its_changes_are_listed(shell: Shell, platform: Platform) -> None:
    partner = platform.new_partner(lock="token")
    place = (partner.origin, "summer_party")
    partner.announce("locked")
    token = partner.mint("locked").json["tokenId"]
    platform.drain()
    words = ["--receiver", HOLDER, "--basis-points", "300", "--idempotency-key", "once"]
    asked = shell.json("collection", "change", "royalties", *place, *words)
    assert (asked["id"], asked["state"]) == ("1", "queued")
    assert shell.json("collection", "change", "royalties", *place, *words) == asked
    [job] = shell.json("jobs", "list", *place)["data"]
    assert (job["id"], job["change"]) == ("collection-change-1", "royalties")
    shell.json("collection", "change", "metadata", *place, "--description", "Moved")
    shell.json("collection", "change", "lock", *place, token)
    shell.json("collection", "change", "unlock", *place, token)
    shell.json("collection", "change", "royalties", *place, "--none")
    platform.drain()
    listed = shell.json("collection", "change", "list", *place)["data"]
    assert [(each["id"], each["kind"], each["state"]) for each in listed] == [
        ("5", "royalties", "done"),
        ("4", "unlock", "done"),
        ("3", "lock", "done"),
        ("2", "metadata", "done"),
        ("1", "royalties", "done"),
    ]
    assert shell.json("collection", "change", "show", *place, "1")["royalty_basis_points"] == 300
    for wrong in (["royalties", *place], ["royalties", *place, "--none", "--basis-points", "1"], ["metadata", *place]):
        assert shell.run("collection", "change", *wrong).exit_code == 2


def test_deploy_takes_the_version_and_the_settings_of_the_contract(shell: Shell, partner: Partner) -> None:
    words = ["--name", "Ball", "--symbol", "BALL"]
    settings = ["--royalty-receiver", HOLDER, "--royalty-basis-points", "250", "--lock", "token"]
    metadata = [
        "--description",
        "A ball",
        "--img-url",
        "https://img.example/b.png",
        "--external-url",
        "https://b.example",
    ]
    newest = shell.json("collection", "deploy", partner.origin, "ball", *words, *settings, *metadata)
    assert (newest["contract_version"], newest["royalty_receiver"]) == ("v2", HOLDER)
    assert (newest["royalty_basis_points"], newest["lock"]) == (250, "token")
    document = partner.platform.call("GET", newest["contract_uri"].replace("ipfs://", "/ipfs/")).json
    assert (document["description"], document["external_link"]) == ("A ball", "https://b.example")
    oldest = shell.json("collection", "deploy", partner.origin, "old_ball", *words, "--contract", "v1")
    assert (oldest["contract_version"], oldest["contract_uri"]) == ("v1", None)
    refused = shell.run("collection", "deploy", partner.origin, "odd", *words, "--contract", "v1", *settings)
    assert refused.exit_code == 1
    assert "QUERY_INCOMPLETE, 400" in refused.stderr


def test_create_takes_a_contract_that_exists_and_passes_on_a_refusal(shell: Shell, partner: Partner) -> None:
    taken = shell.json("collection", "show", partner.origin, "summer_party")["contract"]
    result = shell.run(
        "collection", "create", partner.origin, "again", "--name", "Again", "--symbol", "A", "--contract", taken
    )
    assert result.exit_code == 1
    assert "CONFLICT, 409" in result.stderr


def test_create_without_a_contract_deploys_one_on_the_named_chain(shell: Shell, partner: Partner) -> None:
    printed = shell.say(
        "collection", "create", partner.origin, "gala", "--name", "Gala", "--symbol", "GALA", "--chain", "local"
    )
    address = fields_of(printed)["contract"]
    assert printed.startswith(f"The collection gala is on {address}.")
    assert node_of("local").rpc.code(address)


def test_a_collection_needs_a_name_and_a_symbol(shell: Shell, partner: Partner) -> None:
    result = shell.run("collection", "deploy", partner.origin, "nameless", "--symbol", "N")
    assert result.exit_code == 2
    assert "--name" in result.stderr


def test_collections_are_listed(shell: Shell, partner: Partner) -> None:
    lines = shell.say("collection", "list", partner.origin, "--all").splitlines()
    assert lines[0].split()[:2] == ["CONTRACT_ID", "CONTRACT"]
    assert "summer_party" in [line.split()[0] for line in lines]
    answered = partner.platform.admin("GET", f"/{partner.origin}/collections").json
    assert shell.json("collection", "list", partner.origin) == answered


def test_thresholds_are_changed_and_put_back(shell: Shell, place: tuple[str, str]) -> None:
    assert shell.json("collection", "update", *place, "--thresholds", "0,5")["level_thresholds"] == [0, 5]
    printed = shell.say("collection", "update", *place, "--usual-thresholds")
    assert fields_of(printed)["level_thresholds"] == "-"


def test_token_ids_may_change_where_that_is_said(shell: Shell, place: tuple[str, str]) -> None:
    words = ["--name", "Lending", "--symbol", "LEND", "--may-change-token-id"]
    assert shell.json("collection", "deploy", place[0], "lending", *words)["may_change_token_id"] is True
    before = shell.json("collection", "show", *place)
    assert before["may_change_token_id"] is False
    changed = shell.json("collection", "update", *place, "--may-change-token-id")
    assert changed == {**before, "may_change_token_id": True}
    assert shell.json("collection", "update", *place, "--keep-token-id") == before


@pytest.mark.parametrize("words", [[], ["--thresholds", "0,5", "--usual-thresholds"], ["--thresholds", "0,five"]])
def test_thresholds_are_given_one_way(shell: Shell, place: tuple[str, str], words: list[str]) -> None:
    result = shell.run("collection", "update", *place, *words)
    assert result.exit_code == 2
    assert "threshold" in result.stderr.lower()


def test_a_category_is_made_shown_changed_and_deleted(shell: Shell, place: tuple[str, str]) -> None:
    template = ["--description", "All areas", "--img-url", "https://img.example/c.png", "--max-supply", "5"]
    made = shell.json("category", "create", *place, "CREW", *template, "--attributes", '{"tier": "crew"}')
    assert made["name"] == "CREW"
    assert (made["attributes"], made["max_supply"], made["issued"]) == ({"tier": "crew"}, 5, 0)
    assert shell.json("category", "show", *place, "CREW") == made
    changed = fields_of(shell.say("category", "update", *place, "CREW", "--name", "The crew", "--max-supply", "9"))
    assert (changed["name"], changed["description"], changed["max_supply"]) == ("The crew", "All areas", "9")
    assert shell.run("category", "delete", *place, "CREW", typed="n\n").exit_code == 1
    assert shell.json("category", "delete", *place, "CREW", "--yes")["user_category_id"] == "CREW"
    assert shell.run("category", "show", *place, "CREW").exit_code == 1


def test_categories_are_listed(shell: Shell, partner: Partner, place: tuple[str, str]) -> None:
    lines = shell.say("category", "list", *place).splitlines()
    assert lines[0].split() == ["USER_CATEGORY_ID", "NAME", "MAX_SUPPLY", "ISSUED", "CREATED_AT"]
    assert lines[-1].split()[:2] == ["VIP", "VIP"]
    answered = partner.platform.admin("GET", f"/{partner.origin}/collections/summer_party/categories").json
    assert shell.json("category", "list", *place) == answered


@pytest.mark.parametrize("attributes", ["tier=gold", "[]", '{"a": NaN}'])
def test_attributes_are_a_json_object(shell: Shell, place: tuple[str, str], attributes: str) -> None:
    result = shell.run("category", "create", *place, "ODD", "--attributes", attributes)
    assert result.exit_code == 2
    assert "JSON object" in result.stderr


def test_a_window_is_set_half_lifted_and_cleared(shell: Shell, place: tuple[str, str], interaction_id: str) -> None:
    start, end = "2026-06-01T18:00:00+02:00", "2026-06-02"
    window = ("interaction", "window", *place, interaction_id)
    changed = shell.json(*window, "--from", start, "--until", end)
    assert (changed["valid_from"], changed["valid_until"]) == (start, end)
    changed = shell.json(*window, "--from", "none")
    assert ("valid_from" in changed, changed["valid_until"]) == (False, end)
    assert "valid_until" not in fields_of(shell.say(*window, "--clear"))


@pytest.mark.parametrize("words", [[], ["--clear", "--from", "2026-06-01"]])
def test_a_window_needs_one_clear_wish(
    shell: Shell, place: tuple[str, str], interaction_id: str, words: list[str]
) -> None:
    assert shell.run("interaction", "window", *place, interaction_id, *words).exit_code == 2


def test_a_time_that_is_none_is_refused_by_the_platform(
    shell: Shell, place: tuple[str, str], interaction_id: str
) -> None:
    result = shell.run("interaction", "window", *place, interaction_id, "--from", "tomorrow")
    assert result.exit_code == 1
    assert "valid_from: must be an ISO 8601 time" in result.stderr


def test_interactions_are_listed_and_shown(shell: Shell, place: tuple[str, str], interaction_id: str) -> None:
    lines = shell.say("interaction", "list", *place).splitlines()
    assert lines[1].split()[:2] == [interaction_id, "window"]
    assert shell.json("interaction", "list", *place)["data"] == [
        shell.json("interaction", "show", *place, interaction_id)
    ]


def test_an_interaction_is_named_by_action_id_too(shell: Shell, place: tuple[str, str], interaction_id: str) -> None:
    shown = shell.json("interaction", "show", *place, "window")
    assert shown == shell.json("interaction", "show", *place, interaction_id)
    made = shell.json("code", "create", *place, "window", "--name", "Door")
    assert made in shell.json("code", "list", *place, interaction_id)["data"]


def test_the_audit_log_tells_what_moved(shell: Shell, partner: Partner) -> None:
    shell.say("partner", "update", partner.origin, "--name", "Somebody else")
    lines = shell.say("audit", partner.origin, "--limit", "1").splitlines()
    assert lines[0].split() == ["AT", "ACTOR", "ACTION", "TARGET", "CHANGES"]
    assert lines[1].endswith(f'display_name: "{partner.origin}" -> "Somebody else"')
    assert " admin  partner.update " in lines[1]


def test_the_audit_log_as_json_is_the_apis(shell: Shell, partner: Partner) -> None:
    answered = partner.platform.admin("GET", f"/{partner.origin}/audit", query={"limit": 2}).json
    assert json.loads(shell.say("--json", "audit", partner.origin, "--limit", "2")) == answered


def test_a_code_is_made_listed_shown_and_revoked(shell: Shell, place: tuple[str, str], interaction_id: str) -> None:
    of = (*place, interaction_id)
    made = shell.json("code", "create", *of, "--name", "Door", "--password", "Orion 2026", "--per-holder", "0")
    assert (made["name"], made["max_uses"], made["per_holder"]) == ("Door", 1000, None)
    assert made["url"] in shell.say("code", "list", *of)
    assert shell.json("code", "show", *of, made["id"]) == made
    assert "Made a code: http" in shell.say("code", "create", *of)
    assert shell.json("code", "revoke", *of, made["id"], "--yes")["revoked_at"] is not None


@pytest.mark.parametrize(
    "status", [Answer(200, _JSON, b'{"deployed": false}'), Answer(503, _JSON, b'{"message": "no"}')]
)
def test_a_contract_that_is_not_seen_yet_is_not_said_to_be_there(shell: Shell, status: Answer) -> None:
    created = Answer(200, _JSON, b'{"contract_id": "gala", "contract": "0xc0ffee"}')
    with Receiver(answers=[created, status]) as receiver:
        words = ("collection", "deploy", "acme", "gala", "--name", "Gala", "--symbol", "GALA")
        result = shell.run(*words, "--url", receiver.url)
    assert result.exit_code == 0
    assert "will be on 0xc0ffee, where no contract is seen yet" in result.stdout


def test_the_audit_log_is_filtered_through_all_its_pages(shell: Shell, platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    for number in range(250):
        platform.admin("PATCH", f"/{partner.origin}", {"display_name": str(number)})
    for options in (["--what", "partner.create"], ["--who", "admin", "--what", "partner.create", "--limit", "1"]):
        (found,) = shell.json("audit", partner.origin, *options)["data"]
        assert found["action"] == "partner.create"
    assert shell.json("audit", partner.origin, "--until", "2020-01-01")["data"] == []
    assert len(shell.json("audit", partner.origin, "--since", found["at"][:10], "--limit", "3")["data"]) == 3
    refused = shell.run("audit", partner.origin, "--since", "yesterday")
    assert (refused.exit_code, "since: must be an ISO 8601 time" in refused.stderr) == (1, True)
