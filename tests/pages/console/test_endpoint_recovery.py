"""What an endpoint missed, delivered again from its page: what is wrong is told at its field."""

import pytest

from tests.pages.console.world import sign_in
from tests.platform import Partner

_ENDPOINTS = "/webhooks/endpoints"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"since": ""}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-11-22T18:00", "until": "2026-11-22T17:00"}, "until"),
    ],
)
def test_wrong_span_is_refused_at_its_field(partner: Partner, wrong: dict[str, str], field: str) -> None:
    body = {"url": "https://hooks.example.com/in", "description": "mine"}
    endpoint = partner.platform.call("POST", _ENDPOINTS, key=partner.key, body=body).json["id"]
    surfer = sign_in(partner)
    place = f"/console{_ENDPOINTS}/{endpoint}"
    surfer.get(place)
    assert surfer.submit(f"{place}/recover", **wrong).status == 400
    assert f'id="{field}-error"' in surfer.html
    assert 'value="mine"' in surfer.html
