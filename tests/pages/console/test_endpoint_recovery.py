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


def test_a_recovery_is_counted_by_types_and_statuses_before_it_is_done(partner: Partner) -> None:
    endpoint = partner.add_endpoint("https://hooks.example.com/in", enabled=False)["id"]
    place = f"/console{_ENDPOINTS}/{endpoint}"
    surfer = sign_in(partner)
    for event_type in ("newBcNftMint", "newBcNftMint", "newBcInteraction"):
        surfer.get(place)
        surfer.submit(f"{place}/test", event_type=event_type)
    surfer.get(place)
    surfer.submit(f"{place}/enabled")
    mints, given_up = {"missed:newBcNftMint": "1"}, {"status:exhausted": "1"}
    for chosen, count in (({}, 3), (mints, 2), (given_up, 0), ({**mints, "status:disabled": "1"}, 2)):
        surfer.get(place)
        assert surfer.submit(f"{place}/recover", since="2026-01-01T00:00", dry_run="1", **chosen).status == 200
        assert f"{count} deliveries would be delivered again." in surfer.words
        assert [name for name in chosen if f'name="{name}" value="1" checked' not in surfer.html] == []
    assert surfer.submit(f"{place}/recover", since="2026-01-01T00:00", **{"status:delivered": "1"}).status == 400
    surfer.get(place)
    surfer.submit(f"{place}/recover", since="2026-01-01T00:00", **mints)
    partner.platform.drain()
    listed = partner.platform.call("GET", f"/webhooks/deliveries?endpoint={endpoint}", key=partner.key).json["data"]
    assert sorted(row["event_type"] for row in listed if row["status"] != "disabled") == ["newBcNftMint"] * 2
