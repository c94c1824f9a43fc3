"""`/webhooks/event_types`: the catalogue of events."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from chalicelib.webhooks.service.event_types import known_event_types, sample_content
from tests.platform import Partner


def _get(partner: Partner, path: str) -> Any:
    answer = partner.platform.call("GET", f"/webhooks/event_types{path}", key=partner.key)
    assert answer.status == 200, answer
    return answer.json


def test_every_type_is_listed(partner: Partner) -> None:
    listed = _get(partner, "")
    assert [each["type"] for each in listed["data"]] == list(known_event_types())
    assert (listed["count"], listed["has_more"]) == (len(known_event_types()), False)


@pytest.mark.parametrize("name", known_event_types())
def test_a_type_has_a_schema_that_its_bodies_fit(partner: Partner, name: str) -> None:
    shown = _get(partner, f"/{name}")
    Draft202012Validator.check_schema(shown["schema"])
    schema = Draft202012Validator(shown["schema"])
    schema.validate(shown["example"])
    schema.validate(sample_content(name))
    assert not schema.is_valid({})


def test_a_type_says_where_it_comes_from_and_who_gets_it(partner: Partner) -> None:
    shown = {each["type"]: each for each in _get(partner, "")["data"]}
    assert {name: shown[name]["surface"] for name in ("newBcNftMint", "invoice.paid")} == {
        "newBcNftMint": "gardenlab",
        "invoice.paid": "spaces",
    }
    assert (shown["newBcNftMint"]["by_name_only"], shown["nft.burned"]["by_name_only"]) == (False, True)
    assert {each["version"] for each in shown.values()} == {1}


def test_an_unknown_type_is_not_found(partner: Partner) -> None:
    answer = partner.platform.call("GET", "/webhooks/event_types/parcel", key=partner.key)
    assert (answer.status, answer.json["error"]["message"]) == (404, "There is no event type 'parcel'.")


def test_a_key_is_needed(partner: Partner) -> None:
    assert partner.platform.call("GET", "/webhooks/event_types").status == 403
