"""The checker itself: each kind of damage is named."""

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import heard, listen
from tests.platform import Partner
from tests.receivers import Receiver

Row = dict[str, Any]


@pytest.fixture(scope="module")
def lived(shared_platform: SharedPlatform) -> tuple[Partner, Receiver]:
    """A partner with a minted NFT, two scans, a limited category, and webhooks that were received."""
    with Receiver() as receiver:
        partner = shared_platform.new_partner()
        listen(partner, receiver)
        partner.add_category("summer_party", "LIMITED", max_supply=5)
        partner.save_interaction()
        partner.announce(user_category_id="LIMITED")
        partner.act()
        partner.mint()
        partner.act()
        shared_platform.drain()
        assert_sound(partner, heard(partner, receiver))
    return partner, receiver


def _only(partner: Partner, table: str, matches: Callable[[Row], bool]) -> Row:
    return next(row for row in rows_of(partner.origin, table) if matches(row))


def _is(sort_key: str) -> Callable[[Row], bool]:
    return lambda row: bool(row["sk"] == sort_key)


DAMAGE: dict[str, tuple[str, Callable[[Row], bool], str | None, Any, str]] = {
    "XP lost": ("gardenlab", _is("NFT"), "xp_micros", 5_000_000, "its scans end at"),
    "a scan lost": ("gardenlab", _is("SCAN#0000000002"), None, None, "counts 2 scans and holds"),
    "a scan applied to an old state": ("gardenlab", _is("SCAN#0000000002"), "xp_before", 0, "begins at 0"),
    "a mint forgotten": ("gardenlab", _is("NFT"), "status", "reserved", "is reserved and minted 1 times"),
    "an update forgotten": ("gardenlab", _is("TX#0000000002"), None, None, "1 events were to be told"),
    "another URI": ("gardenlab", _is("NFT"), "token_url", "ipfs://x/metadata.json", "the chain's URI is"),
    "a guest without its NFT": ("gardenlab", _is("GUEST"), "tokens", "{}", "guests point at"),
    "oversold": ("gardenlab", _is("CATEGORY#LIMITED"), "issued", 0, "category LIMITED: 0 issued of 5"),
    "an act lost": ("activity", lambda row: "#DAY#" in row["pk"], None, None, "the ledger lacks"),
    "an event lost": ("webhooks", _is("EVENT"), None, None, "2 events were to be told, 1 are recorded"),
    "a delivery lost": ("webhooks", _is("DELIVERY"), None, None, "0 deliveries for 1 endpoints"),
    "a list lost": ("webhooks", lambda row: row["pk"].endswith("#LISTS"), None, None, "not in its partner's list"),
    "a status left": ("webhooks", _is("DELIVERY"), "status_key", "p#STATUS#disabled", "delivered, listed as disabled"),
    "a delivery that nobody makes": ("webhooks", _is("DELIVERY"), "status", "scheduled", "the sweep does not know"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named(lived: tuple[Partner, Receiver], name: str) -> None:
    partner, receiver = lived
    table, matches, attribute, value, words = DAMAGE[name]
    row = _only(partner, table, matches)
    dynamodb, full_name = aws.client("dynamodb"), settings().prefix + table
    key = {"pk": {"S": row["pk"]}, "sk": {"S": row["sk"]}}
    item = dynamodb.get_item(TableName=full_name, Key=key)["Item"]
    if attribute is None:
        dynamodb.delete_item(TableName=full_name, Key=key)
    else:
        kind = "N" if isinstance(value, int) else "S"
        dynamodb.put_item(TableName=full_name, Item={**item, attribute: {kind: str(value)}})
    try:
        with pytest.raises(AssertionError, match=words):
            assert_sound(partner, heard(partner, receiver))
    finally:
        dynamodb.put_item(TableName=full_name, Item=item)
    assert_sound(partner, heard(partner, receiver))


def test_webhook_that_never_came_is_named(lived: tuple[Partner, Receiver]) -> None:
    partner, receiver = lived
    with pytest.raises(AssertionError, match="the receiver never saw it"):
        assert_sound(partner, heard(partner, receiver)[1:])
