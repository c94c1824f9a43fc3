"""The form of an endpoint in the console: its filter is JSON text that is read strictly."""

import json

import pytest

from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import Partner

_TYPES = {"type:newBcNftMint": "1", "type:newBcInteraction": "1"}

_FORM = "/console/webhooks/endpoints"
_URL = "https://hooks.example.com/in"


def test_filter_is_stored_and_shown_again(partner: Partner) -> None:
    surfer = sign_in(partner)
    surfer.get(_FORM)
    groups = [[{"field": "user.level", "equals": 3}]]
    assert surfer.submit(_FORM, url=_URL, filter=json.dumps(groups)).status == 200
    [endpoint] = partner.platform.call("GET", "/webhooks/endpoints", key=partner.key).json["data"]
    assert endpoint["filter"] == groups
    surfer.get(f"{_FORM}/{endpoint['id']}")
    assert "user.level" in surfer.words


@pytest.mark.parametrize("text", ["{", "[" * 3_000, '[{"a": NaN}]'])
def test_what_is_no_json_is_refused_at_the_field(partner: Partner, text: str) -> None:
    surfer = sign_in(partner)
    surfer.get(_FORM)
    refused = surfer.submit(_FORM, url=_URL, filter=text)
    assert refused.status == 400
    assert "JSON" in surfer.words
    assert partner.platform.call("GET", "/webhooks/endpoints", key=partner.key).json["data"] == []


def test_a_wrong_address_is_told_with_the_other_wrong_fields(partner: Partner) -> None:
    surfer = sign_in(partner)
    surfer.get(_FORM)
    refused = surfer.submit(_FORM, url="ftp://hooks.example.com", filter="{", rate_limit="0", headers="Host: x")
    assert refused.status == 400
    assert "Please change 4 fields:" in surfer.words
    assert "The URL must begin with https://." in surfer.words


def _filter(value: object) -> str:
    return json.dumps([[{"field": "success", "equals": value}]])


def test_a_new_filter_is_tried_on_samples_and_nothing_is_saved(partner: Partner) -> None:
    surfer = sign_in(partner)
    surfer.get(_FORM)
    fields = {**_fields(surfer), "url": _URL, **_TYPES, "filter": _filter(True)}
    assert surfer.post(f"{_FORM}?try=samples", fields).status == 200
    assert "of the 2 samples pass." in surfer.words
    assert f'value="{_URL}"' in surfer.html
    assert surfer.post(f"{_FORM}?try=recent", fields).status == 200
    assert "no recent event of these types" in surfer.words
    assert partner.platform.call("GET", "/webhooks/endpoints", key=partner.key).json["data"] == []


def test_another_filter_is_tried_on_recent_events_and_the_endpoint_stays(partner: Partner) -> None:
    endpoint = partner.add_endpoint(_URL, event_types=["newBcNftMint"])["id"]
    place = f"{_FORM}/{endpoint}"
    surfer = sign_in(partner)
    surfer.get(place)
    surfer.submit(f"{place}/test", event_type="newBcNftMint")
    for value, told in ((True, "1 of the newest 1 event passes."), ("no", "0 of the newest 1 event passes.")):
        surfer.get(place)
        assert surfer.post(f"{place}?try=recent", {**_fields(surfer, place), "filter": _filter(value)}).status == 200
        assert told in surfer.words
    assert partner.platform.call("GET", f"/webhooks/endpoints/{endpoint}", key=partner.key).json["filter"] == []


@pytest.mark.parametrize("text", ["{", '[[{"field": "a"}]]', '[[{"field": "a..b", "equals": 1}]]'])
def test_a_filter_that_cannot_be_tried_is_refused_at_its_field(partner: Partner, text: str) -> None:
    surfer = sign_in(partner)
    surfer.get(_FORM)
    assert surfer.post(f"{_FORM}?try=recent", {**_fields(surfer), "filter": text}).status == 400
    assert 'id="filter-error"' in surfer.html


def _fields(surfer: Surfer, action: str = _FORM) -> dict[str, str]:
    """What the endpoint's form on the page holds."""
    return next(held for form, held in surfer.forms() if form.get("action") == action)
