"""User categories on the admin surface."""

from typing import Any

import pytest

from tests.gardenlab.admin_calls import audit_log, below
from tests.platform import Answer, Partner, Platform


@pytest.fixture(scope="module")
def settled(platform: Platform) -> Partner:
    """A partner that tests share where they leave alone what others look at."""
    return platform.new_partner()


def _category(partner: Partner, category_id: str, **fields: Any) -> Answer:
    return below(partner, "POST", "/categories", {"user_category_id": category_id, "name": category_id, **fields})


def test_a_category_is_shown_as_it_was_created(settled: Partner) -> None:
    template = {
        "description": "d",
        "imgUrl": "https://img.example/c.png",
        "attributes": {"n": [1, None]},
        "max_supply": 3,
    }
    created = _category(settled, "shown", **template)
    assert created.status == 200
    assert {**created.json, **template, "issued": 0} == created.json
    assert below(settled, "GET", "/categories/shown").json == created.json
    assert created.json in below(settled, "GET", "/categories").json["data"]
    entry = audit_log(settled)[0]
    assert (entry["action"], entry["target"]) == ("category.create", "summer_party/shown")
    assert (entry["before"], entry["after"]) == (None, created.json)


def test_a_category_is_the_template_of_nfts_to_come(platform: Platform) -> None:
    partner = platform.new_partner()
    first = partner.announce("ada").json["tokenId"]
    changed = {
        "name": "Renamed",
        "description": "new",
        "imgUrl": "https://img.example/n.png",
        "attributes": {"tier": 1},
    }
    before = below(partner, "GET", "/categories/VIP").json
    after = below(partner, "PATCH", "/categories/VIP", changed).json
    assert after == {**before, **changed}
    second = partner.announce("bob").json["tokenId"]
    assert [partner.nft(token)["name"] for token in (first, second)] == ["VIP", "Renamed"]
    assert partner.nft(second)["attributes"] == {"tier": 1}
    assert below(partner, "PATCH", "/categories/VIP", {}).json == after
    told = [(entry["before"], entry["after"]) for entry in audit_log(partner) if entry["action"] == "category.update"]
    assert told == [(before, after)]


def test_a_categorys_name_is_taken_once(settled: Partner) -> None:
    answer = _category(settled, "VIP")
    assert (answer.status, answer.error_code) == (409, "CONFLICT")


@pytest.mark.parametrize(
    "fields",
    [
        {"user_category_id": ""},
        {"user_category_id": "a/b"},
        {"user_category_id": ".."},
        {"name": ""},
        {"description": "x" * 4097},
        {"imgUrl": "x" * 2049},
        {"attributes": []},
        {"attributes": {"x": "x" * 16384}},
        {"max_supply": 0},
        {"max_supply": -1},
        {"max_supply": 1.5},
        {"max_supply": "5"},
        {"max_supply": True},
        {"max_supply": 2**53},
        {"issued": 5},
    ],
)
def test_a_category_that_cannot_be_is_refused_by_field(settled: Partner, fields: dict[str, Any]) -> None:
    answer = _category(settled, "impossible", **fields)
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(next(iter(fields)))


def test_a_limited_supply_can_be_moved_but_not_below_what_is_issued(platform: Platform) -> None:
    partner = platform.new_partner()
    assert _category(partner, "CREW", max_supply=2).status == 200
    for uid in ("ada", "bob"):
        assert partner.announce(uid, user_category_id="CREW").status == 200
    assert partner.announce("cyd", user_category_id="CREW").error_code == "MISC_ERROR"
    refused = below(partner, "PATCH", "/categories/CREW", {"max_supply": 1})
    assert (refused.status, refused.json["error"]["message"]) == (400, "max_supply: 2 NFTs are issued already.")
    raised = below(partner, "PATCH", "/categories/CREW", {"max_supply": 3}).json
    assert (raised["max_supply"], raised["issued"]) == (3, 2)
    assert partner.announce("cyd", user_category_id="CREW").status == 200
    assert below(partner, "GET", "/categories/CREW").json["issued"] == 3


def test_a_supply_is_limited_from_the_start_or_never(settled: Partner) -> None:
    assert _category(settled, "limited", max_supply=5).status == 200
    for category, supply in (("limited", None), ("VIP", 5)):
        answer = below(settled, "PATCH", f"/categories/{category}", {"max_supply": supply})
        assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert below(settled, "PATCH", "/categories/VIP", {"max_supply": None}).status == 200


def test_a_deleted_category_takes_no_guests_and_leaves_its_nfts(platform: Platform) -> None:
    partner = platform.new_partner()
    token_id = partner.announce("ada").json["tokenId"]
    shown = below(partner, "GET", "/categories/VIP").json
    deleted = below(partner, "DELETE", "/categories/VIP")
    assert (deleted.status, deleted.json) == (200, shown)
    assert partner.announce("bob").error_code == "RESOURCE_NOT_FOUND"
    assert partner.nft(token_id)["user_category_id"] == "VIP"
    assert below(partner, "DELETE", "/categories/VIP").status == 404
    entry = audit_log(partner)[0]
    assert (entry["action"], entry["before"], entry["after"]) == ("category.delete", shown, None)


def test_a_category_that_is_not_there_is_not_found(settled: Partner) -> None:
    for name in ("nothing", "x" * 3000, "%23"):
        assert below(settled, "GET", f"/categories/{name}").status == 404
        assert below(settled, "PATCH", f"/categories/{name}", {"name": "x"}).status == 404
        assert below(settled, "DELETE", f"/categories/{name}").status == 404
