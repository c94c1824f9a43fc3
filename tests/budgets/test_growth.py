"""No figure grows with the table: the same calls ask for the same with 100 NFTs in the collection and with 2,000.

`make scale` shows the same for 100,000 on the second engine.
"""

from tests.budgets.calls import Warm, fresh_key, kept_warm
from tests.budgets.filling import filled
from tests.budgets.metering import Bill, metered
from tests.platform import Platform


def test_calls_ask_for_the_same_whatever_the_collection_holds(platform: Platform) -> None:
    with kept_warm():  # from the beginning, so that nothing grows old while the partner is made
        warm = Warm(platform.new_partner())
        with filled(warm.partner, 100):
            few = _asked(warm, "few")
        with filled(warm.partner, 2_000):
            many = _asked(warm, "many")
    assert many == few


def _asked(warm: Warm, name: str) -> dict[str, list[str]]:
    """What each call that may be repeated asks for."""
    partner = warm.partner
    calls = {name: call for name, (_, call) in warm.calls().items() if "User" not in name or "again" in name}
    calls |= {
        "act": lambda: partner.act("ada", headers=fresh_key()),
        "act by e-mail": lambda: partner.act(guest={"email": "bob@example.com"}, headers=fresh_key()),
        "announce": lambda: partner.announce(name, user_category_id="LIMITED", headers=fresh_key()),
        "mint": lambda: partner.mint(name, headers=fresh_key()),
    }
    asked = {}
    for label, call in calls.items():
        with metered() as bill:
            assert call().status == 200, label
        asked[label] = _what(bill)
    return asked


def _what(bill: Bill) -> list[str]:
    """In order; what is asked side by side has none of its own."""
    return sorted(
        f"{request.level} {request.service} {request.operation} {len(request.writes)}" for request in bill.requests
    )
