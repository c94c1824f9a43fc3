"""No figure grows with the table: the same calls ask for the same with few rows of each kind and with many.

`make scale` shows the same for a million rows on the second engine.
"""

from collections.abc import Callable, Mapping

from tests.budgets.calls import Warm, fresh_key, kept_warm
from tests.budgets.crowds import originals, write_copies
from tests.budgets.filling import filled
from tests.budgets.lists import A_PAGE, Lists
from tests.budgets.metering import Bill, metered
from tests.platform import Answer, Platform


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
    return {label: _what(bill) for label, bill in _bills(calls).items()}


def test_lists_cost_the_same_whatever_the_tables_hold(platform: Platform) -> None:
    with kept_warm():
        lists = Lists(platform)
        rows = originals(lists.origin)
        write_copies(rows, range(5 * A_PAGE))
        calls = lists.calls()
        few = {name: _cost(bill) for name, bill in _bills(calls).items()}
        write_copies(rows, range(5 * A_PAGE, 15 * A_PAGE))
        many = {name: _cost(bill) for name, bill in _bills(calls).items()}
    assert many == few
    assert len(calls) > 100


def _bills(calls: Mapping[str, Callable[[], Answer]]) -> dict[str, Bill]:
    bills = {}
    for name, call in calls.items():
        with metered(weigh=True) as bills[name]:
            assert call().status == 200, name
    return bills


def _cost(bill: Bill) -> tuple[int, list[str], float]:
    return bill.levels, bill.operations, bill.read_units


def _what(bill: Bill) -> list[str]:
    """In order; what is asked side by side has none of its own."""
    return sorted(
        f"{request.level} {request.service} {request.operation} {len(request.writes)}" for request in bill.requests
    )
