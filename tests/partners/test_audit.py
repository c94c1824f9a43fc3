"""The audit log: every write, who, when, before and after."""

from datetime import timedelta
from typing import Any

from chalicelib.core.acting import acting
from chalicelib.core.clock import now
from chalicelib.core.times import parse_time
from chalicelib.partners import service
from chalicelib.partners.schemas import KeyCreate
from tests.faults.wire import meanwhile
from tests.platform import Partner, Platform


def _log(platform: Platform, origin: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return list(reversed(platform.admin("GET", f"/{origin}/audit", query={"limit": 100}).json["data"]))


def test_every_write_is_told_with_before_and_after(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    path = f"/{partner.origin}"
    created = platform.admin("GET", path).json
    changed = platform.admin("PATCH", path, {"display_name": "Renamed"}).json
    key = platform.admin("GET", f"{path}/keys").json["data"][0]
    revoked = platform.admin("DELETE", f"{path}/keys/{key['id']}").json
    told = [
        (entry["action"], entry["target"], entry["before"], entry["after"]) for entry in _log(platform, partner.origin)
    ]
    assert told == [
        ("partner.create", partner.origin, None, created),
        ("key.create", key["id"], None, key),
        ("partner.update", partner.origin, created, changed),
        ("key.revoke", key["id"], key, revoked),
    ]


def test_two_changes_at_once_tell_of_one_another(platform: Platform) -> None:
    path = f"/{platform.new_partner(collection=False).origin}"
    created = platform.admin("GET", path).json
    with meanwhile(lambda: platform.admin("PATCH", path, {"contact_email": "x@example.com"})):
        answer = platform.admin("PATCH", path, {"display_name": "Renamed"})
    assert answer.json == {**created, "contact_email": "x@example.com", "display_name": "Renamed"}
    told = [entry for entry in _log(platform, path[1:]) if entry["action"] == "partner.update"]
    assert [told[0]["before"], told[1]["before"], told[1]["after"]] == [created, told[0]["after"], answer.json]


def test_an_entry_says_who_and_when(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    for entry in _log(platform, partner.origin):
        assert set(entry) == {"id", "at", "actor", "action", "target", "before", "after"}
        assert entry["actor"] == "admin"
        assert 0 <= (now() - parse_time(entry["at"])).total_seconds() < 60


def test_an_entry_names_who_acts_where_it_is_not_the_admin(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    with acting("console:key1"):
        service.create_key(partner.origin, KeyCreate())
    service.create_key(partner.origin, KeyCreate())
    assert [entry["actor"] for entry in _log(platform, partner.origin)][-2:] == ["console:key1", "platform"]


def test_what_changes_nothing_is_not_told(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    before = _log(platform, partner.origin)
    platform.admin("PATCH", f"/{partner.origin}", {})
    platform.admin("PATCH", f"/{partner.origin}", {"display_name": ""})
    platform.admin("POST", "", {"origin": partner.origin, "display_name": "again"})
    platform.admin("GET", f"/{partner.origin}/keys")
    assert _log(platform, partner.origin) == before


def test_the_log_is_paged_newest_first(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    newest = platform.admin("GET", f"/{partner.origin}/audit", query={"limit": 1}).json
    assert (newest["data"][0]["action"], newest["has_more"]) == ("key.create", True)
    query = {"limit": 1, "starting_after": newest["data"][0]["id"]}
    oldest = platform.admin("GET", f"/{partner.origin}/audit", query=query).json
    assert (oldest["data"][0]["action"], oldest["has_more"]) == ("partner.create", False)


def test_a_partners_log_holds_its_own_changes_alone(platform: Platform) -> None:
    partner: Partner = platform.new_partner(collection=False)
    other = platform.new_partner(collection=False)
    platform.admin("PATCH", f"/{other.origin}", {"display_name": "Renamed"})
    assert [entry["action"] for entry in _log(platform, partner.origin)] == ["partner.create", "key.create"]


def test_a_partners_own_changes_are_told_with_the_credential(platform: Platform) -> None:
    partner = platform.new_partner()
    key_id = platform.admin("GET", f"/{partner.origin}/keys").json["data"][0]["id"]
    begun = len(_log(platform, partner.origin))
    interaction = partner.save_interaction().json["id"]
    renamed = {"type": "IRL Event", "name": "Renamed", "action_id": "checkin"}
    named = {"origin": partner.origin, "contract_id": "summer_party", "interactionId": interaction}
    for _ in range(2):  # the second changes nothing
        partner.post("saveActionInteraction", {**named, "interaction": renamed})
    endpoint = partner.add_endpoint("https://example.com/hook")["id"]
    place = f"/webhooks/endpoints/{endpoint}"

    def call(method: str, path: str, body: Any = None) -> Any:
        answer = platform.call(method, path, key=partner.key, body=body)
        assert answer.status == 200, answer
        return answer.json

    call("PATCH", place, {"description": "mine", "api_key_header": "hush-hush"})
    call("PATCH", place, {"description": "mine"})
    call("POST", f"{place}/rotate_secret", {"keep_seconds": 0})
    delivery = call("POST", f"{place}/test", {"event_type": "newBcNftMint"})["id"]
    call("POST", f"/webhooks/deliveries/{delivery}/replay")
    call("DELETE", place)
    mission = {"name": "m", "kind": "simple", "url_template": "https://example.com/<uid>", "headers": {"X-A": "hush"}}
    mission_id = call("POST", "/space3/missions", mission)["id"]
    call("PATCH", f"/space3/missions/{mission_id}", {"target": 2})
    call("DELETE", f"/space3/missions/{mission_id}")
    told = _log(platform, partner.origin)[begun:]
    assert [(entry["action"], entry["target"]) for entry in told] == [
        ("interaction.create", f"summer_party/{interaction}"),
        ("interaction.update", f"summer_party/{interaction}"),
        ("endpoint.create", endpoint),
        ("endpoint.update", endpoint),
        ("endpoint.rotate_secret", endpoint),
        ("endpoint.test", endpoint),
        ("delivery.replay", delivery),
        ("endpoint.delete", endpoint),
        ("verified_mission.create", mission_id),
        ("verified_mission.update", mission_id),
        ("verified_mission.delete", mission_id),
    ]
    assert {entry["actor"] for entry in told} == {f"key:{key_id}"}
    assert "hush" not in str(told)
    assert "whsec" not in str(told)


def test_log_is_filtered_by_who_what_and_time(platform: Platform) -> None:
    partner = platform.new_partner()
    endpoint = partner.add_endpoint("https://hooks.example.com/in")["id"]
    whole = _log(platform, partner.origin)

    def found(**query: str) -> list[Any]:
        answer = platform.admin("GET", f"/{partner.origin}/audit", query={"limit": 100, **query}).json
        assert (answer["has_more"], answer["next_after"], answer["count"]) == (False, None, len(answer["data"]))
        assert answer["url"] == f"/admin/partners/{partner.origin}/audit"
        return list(reversed(answer["data"]))

    def milliseconds(entry: dict[str, Any]) -> str:
        return f"{entry['at'][:23]}Z"

    own = [entry for entry in whole if entry["actor"] != "admin"]
    assert found(who="key") == found(who=own[0]["actor"]) == own
    assert found(who="admin") == [entry for entry in whole if entry["actor"] == "admin"]
    assert found(what=endpoint) == found(what="endpoint") == found(who="key", what="endpoint.create") == own
    assert found(who="k") == found(what="summer") == found(who="admin", what="endpoint") == []
    second = milliseconds(whole[1])
    assert found(since=second) == [entry for entry in whole if milliseconds(entry) >= second]
    assert found(until=second) == [entry for entry in whole if milliseconds(entry) < second]
    today, tomorrow = (f"{now() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
    assert found(since=whole[0]["at"][:10], until=today) == whole
    assert found(since=tomorrow) == found(until="1950-01-01") == []


def test_wrong_filters_are_all_told(platform: Platform) -> None:
    path = f"/{platform.new_partner(collection=False).origin}/audit"
    answer = platform.admin("GET", path, query={"who": "", "what": "x" * 301, "since": "yesterday", "until": "10"})
    assert (answer.status, answer.json["error"]["code"]) == (400, "QUERY_INCOMPLETE")
    for name in ("who: must not be empty", "what: must have at most 300", "since: must be an", "until: must be an"):
        assert name in answer.json["error"]["message"]


def test_few_among_many_are_found_behind_an_empty_page(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    for number in range(250):
        platform.admin("PATCH", f"/{partner.origin}", {"display_name": str(number)})
    query: dict[str, Any] = {"what": "partner.create"}
    page = platform.admin("GET", f"/{partner.origin}/audit", query=query).json
    assert (page["data"], page["has_more"]) == ([], True)
    query["starting_after"] = page["next_after"]
    page = platform.admin("GET", f"/{partner.origin}/audit", query=query).json
    assert [entry["action"] for entry in page["data"]] == ["partner.create"]
    assert (page["has_more"], page["next_after"]) == (False, None)
