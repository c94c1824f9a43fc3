"""Partners on the admin surface: create, list, show, change; and pages of lists."""

from typing import Any

import pytest

from chalicelib.core.clock import now
from chalicelib.core.ids import random_token
from chalicelib.core.times import parse_time
from tests.platform import Answer, Platform


def _origin() -> str:
    return f"p{random_token(10)}"


def _create(platform: Platform, **fields: Any) -> Answer:
    return platform.admin("POST", "", {"origin": _origin(), "display_name": "A partner", **fields})


def test_a_new_partner_is_shown_as_it_was_created(platform: Platform) -> None:
    created = _create(platform, contact_email="partners@example.com")
    assert created.status == 200
    assert set(created.json) == {
        "origin",
        "display_name",
        "contact_email",
        "collection_budget",
        "retention",
        "created_at",
    }
    assert created.json["retention"] == {"webhook_bodies": 90, "attempts": 90, "evidence": 90}
    assert created.json["contact_email"] == "partners@example.com"
    assert 0 <= (now() - parse_time(created.json["created_at"])).total_seconds() < 60
    assert platform.admin("GET", f"/{created.json['origin']}").json == created.json


def test_an_origin_is_taken_once(platform: Platform) -> None:
    first = _create(platform).json
    again = _create(platform, origin=first["origin"], display_name="Another")
    assert (again.status, again.error_code) == (409, "CONFLICT")
    assert platform.admin("GET", f"/{first['origin']}").json == first


@pytest.mark.parametrize(
    "fields",
    [
        {"origin": ""},
        {"origin": "Upper"},
        {"origin": "-leading"},
        {"origin": "with space"},
        {"origin": "with/slash"},
        {"origin": "with#hash"},
        {"origin": "line\n"},
        {"origin": "x" * 129},
        {"origin": 5},
        {"origin": None},
        {"display_name": ""},
        {"display_name": "x" * 129},
        {"contact_email": "nobody"},
        {"collection_budget": -1},
        {"collection_budget": "3"},
        {"contact_email": "a b@example.com"},
        {"contact_email": "adä@example.com"},
        {"contact_email": "a@" + "x" * 253},
        {"unknown": 1},
    ],
)
def test_a_partner_that_cannot_be_is_refused_by_field(platform: Platform, fields: dict[str, Any]) -> None:
    answer = _create(platform, **fields)
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(next(iter(fields)))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"origin": "a", "origin": "b"}', b'{"origin": NaN}', b"\xff"]
)
def test_a_body_that_is_no_object_is_refused(platform: Platform, body: bytes) -> None:
    answer = platform.admin("POST", "", body)
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")


def test_a_change_leaves_alone_what_it_does_not_name(platform: Platform) -> None:
    created = _create(platform, contact_email="a@example.com").json
    path = f"/{created['origin']}"
    assert platform.admin("PATCH", path, {"display_name": "Renamed"}).json == {**created, "display_name": "Renamed"}
    assert platform.admin("PATCH", path, {}).json == {**created, "display_name": "Renamed"}
    assert platform.admin("PATCH", path, {"contact_email": None}).json["contact_email"] is None
    assert platform.admin("GET", path).json == {**created, "display_name": "Renamed", "contact_email": None}


@pytest.mark.parametrize(
    "change", [{"display_name": None}, {"display_name": ""}, {"origin": "other"}, {"created_at": 1}]
)
def test_a_change_that_cannot_be_is_refused(platform: Platform, change: dict[str, Any]) -> None:
    created = _create(platform).json
    assert platform.admin("PATCH", f"/{created['origin']}", change).status == 400
    assert platform.admin("GET", f"/{created['origin']}").json == created


def test_a_list_is_an_envelope_newest_first(platform: Platform) -> None:
    older, newer = _create(platform).json, _create(platform).json
    answer = platform.admin("GET", "", query={"limit": 100}).json
    assert (answer["object"], answer["url"], answer["count"]) == ("list", "/admin/partners", len(answer["data"]))
    shown = [partner for partner in answer["data"] if partner in (older, newer)]
    assert shown == [newer, older]


def test_pages_hold_every_entry_once(platform: Platform) -> None:
    origin = _create(platform).json["origin"]
    ids = [platform.admin("POST", f"/{origin}/keys", {"name": str(number)}).json["id"] for number in range(5)]
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    for expected_more in (True, True, False):
        page = platform.admin("GET", f"/{origin}/keys", query=query).json
        assert (page["has_more"], page["count"]) == (expected_more, len(page["data"]))
        found += [key["id"] for key in page["data"]]
        query["starting_after"] = found[-1]
    assert found == ids[::-1]
    assert platform.admin("GET", f"/{origin}/keys", query=query).json["data"] == []


def test_a_page_that_ends_with_the_list_says_so(platform: Platform) -> None:
    origin = _create(platform).json["origin"]
    for name in ("a", "b"):
        platform.admin("POST", f"/{origin}/keys", {"name": name})
    page = platform.admin("GET", f"/{origin}/keys", query={"limit": 2}).json
    assert (page["count"], page["has_more"]) == (2, False)


@pytest.mark.parametrize("limit", ["0", "101", "abc", "-1", "1.0", "", " 5", "٣", "9999999999"])
def test_a_limit_outside_1_to_100_is_refused(platform: Platform, limit: str) -> None:
    answer = platform.admin("GET", "", query={"limit": limit})
    assert answer.status == 400
    assert answer.json["error"]["message"] == "limit: must be a whole number from 1 to 100"


def test_a_limit_given_twice_is_refused(platform: Platform) -> None:
    assert platform.admin("GET", "", query={"limit": [1, 2]}).status == 400


_LISTS = [
    "",
    "/{origin}/keys",
    "/{origin}/audit",
    "/{origin}/collections",
    "/{origin}/collections/summer_party/categories",
    "/{origin}/collections/summer_party/interactions",
]


@pytest.fixture(scope="module")
def settled(platform: Platform) -> str:
    """The origin of a partner that has a collection."""
    return platform.new_partner().origin


@pytest.mark.parametrize("path", _LISTS)
@pytest.mark.parametrize("limit", [1, 100])
def test_every_list_takes_the_limits(platform: Platform, settled: str, path: str, limit: int) -> None:
    answer = platform.admin("GET", path.format(origin=settled), query={"limit": limit})
    assert answer.status == 200
    assert answer.json["count"] <= limit


@pytest.mark.parametrize("path", _LISTS)
@pytest.mark.parametrize("after", ["nobody", "NFT#1", "x" * 5000, ""])
def test_no_list_goes_on_after_what_is_not_in_it(platform: Platform, settled: str, path: str, after: str) -> None:
    answer = platform.admin("GET", path.format(origin=settled), query={"starting_after": after})
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith("starting_after: ")


def test_a_position_that_is_unknown_is_named(platform: Platform) -> None:
    answer = platform.admin("GET", "", query={"starting_after": "nobody"})
    assert answer.json["error"]["message"] == "starting_after: this list has no 'nobody'"


def test_another_partners_entry_is_no_position(platform: Platform, settled: str) -> None:
    other = _create(platform).json["origin"]
    key = platform.admin("POST", f"/{other}/keys", {"name": "x"}).json
    assert platform.admin("GET", f"/{settled}/keys", query={"starting_after": key["id"]}).status == 400
    entry = platform.admin("GET", f"/{other}/audit").json["data"][0]
    assert platform.admin("GET", f"/{settled}/audit", query={"starting_after": entry["id"]}).status == 400


def test_retention_changes_by_kind_and_is_audited(platform: Platform) -> None:
    path = f"/{_create(platform).json['origin']}"
    first = platform.admin("PATCH", path, {"retention": {"webhook_bodies": 5, "evidence": 365}}).json["retention"]
    assert first == {"webhook_bodies": 5, "attempts": 90, "evidence": 365}
    second = platform.admin("PATCH", path, {"retention": {"attempts": 30}, "display_name": "Renamed"}).json
    assert second["retention"] == {**first, "attempts": 30}
    assert platform.admin("PATCH", path, {"retention": {}}).json == platform.admin("GET", path).json == second
    [newest, older, _] = platform.admin("GET", f"{path}/audit").json["data"]
    assert (newest["action"], newest["before"]["retention"]) == ("partner.update", first)
    assert newest["after"]["retention"] == second["retention"]
    assert older["before"]["retention"] == {"webhook_bodies": 90, "attempts": 90, "evidence": 90}


@pytest.mark.parametrize(
    ("retention", "message"),
    [
        ({"webhook_bodies": 4}, "retention.webhook_bodies: must be at least 5"),
        ({"attempts": 366}, "retention.attempts: must be at most 365"),
        ({"evidence": 30.5}, "retention.evidence: must be a whole number"),
        ({"evidence": None}, "retention.evidence: must be a whole number"),
        ({"idempotency": 24}, "retention: the answers of idempotency keys are kept 24 hours, which cannot be changed"),
        ({"request_log": 30}, "retention.request_log"),
        (None, "retention: must be an object"),
    ],
)
def test_retention_that_cannot_be_is_refused(platform: Platform, retention: Any, message: str) -> None:
    path = f"/{_create(platform).json['origin']}"
    answer = platform.admin("PATCH", path, {"retention": retention})
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(message)
