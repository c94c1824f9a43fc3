"""Walking pages while others insert and delete: what survives is met once."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.platform import Platform
from tests.spaces.world import new_account

# What others do between two pages: how many they insert, and which of those that stand they delete.
_MEANWHILE = st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(0, 30), max_size=3)), min_size=1, max_size=6)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begin=st.integers(1, 8),
    limit=st.integers(1, 4),
    is_upwards=st.booleans(),
    is_filtered=st.booleans(),
    meanwhile=_MEANWHILE,
)
def test_survivor_is_met_once_whatever_happens_meanwhile(
    platform: Platform,
    begin: int,
    limit: int,
    is_upwards: bool,
    is_filtered: bool,
    meanwhile: list[tuple[int, list[int]]],
) -> None:
    account = new_account(platform)

    def insert() -> str:
        return str(account.customer()["id"])

    standing = [insert() for _ in range(begin)]
    at_first = list(standing)
    filters = {"space": 1, "email": "ada@example.com"} if is_filtered else {}
    param = "starting_before" if is_upwards else "starting_after"
    cursor = standing[0] if is_upwards else standing[-1]
    met = [cursor]
    turns = iter(meanwhile)
    while True:
        page = account.get("/customers", limit=limit, **{param: cursor}, **filters)
        ids = [item["id"] for item in page["data"]]
        met += ids[::-1] if is_upwards else ids
        if not page["has_more"]:
            break
        cursor = met[-1]
        insertions, deletions = next(turns, (0, []))
        for place in deletions:
            if standing:
                account.call("DELETE", f"/customers/{standing.pop(place % len(standing))}")
        standing += [insert() for _ in range(insertions)]
    assert len(met) == len(set(met))
    assert set(at_first) & set(standing) <= set(met)
    order = sorted(met, reverse=not is_upwards)
    assert met == order
