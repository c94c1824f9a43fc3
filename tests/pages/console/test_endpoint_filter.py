"""The filter of an endpoint in the console: JSON text that is read strictly."""

import json

import pytest

from tests.pages.console.world import sign_in
from tests.platform import Partner

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
