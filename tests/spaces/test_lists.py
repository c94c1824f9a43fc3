"""Pages: their form, their filters, their cursors."""

from typing import Any

import pytest

from chalicelib.spaces.service.objects import forget_space
from tests.budgets.metering import metered
from tests.platform import Platform
from tests.spaces.world import Account, new_account

LISTS = ("spaces", "customers", "invoices", "subscriptions", "captured_emails", "events", "webhooks")
ALL = (*LISTS, "resource_subscriptions")


@pytest.fixture(scope="module")
def full(platform: Platform) -> Account:
    """An account with seven of each thing."""
    account = new_account(platform, spaces=7)
    account.hook("https://hooks.example.com/")
    customers = [account.customer(name=f"C{number}") for number in range(7)]
    for number in range(7):
        account.invoice(customers[0])
        account.subscription(customers[0])
        account.captured()
        if number:
            account.hook(f"https://hooks.example.com/{number}")
    return account


@pytest.mark.parametrize("name", ALL)
def test_list_has_the_envelope_and_is_walked_both_ways(full: Account, name: str) -> None:
    whole = full.get(f"/{name}", limit=100)
    assert whole.keys() == {"object", "count", "has_more", "url", "data"}
    assert (whole["object"], whole["url"], whole["has_more"]) == ("list", f"/v1/{name}", False)
    assert whole["count"] == len(whole["data"]) >= 7
    ids = [item["id"] for item in whole["data"]]
    assert len(set(ids)) == len(ids)
    assert [item["created"] for item in whole["data"]] == sorted(
        (item["created"] for item in whole["data"]), reverse=True
    )
    assert _walked(full, name, "starting_after") == ids
    assert _walked(full, name, "starting_before") == ids == _walked(full, name, "ending_before")


def _walked(account: Account, name: str, param: str) -> list[Any]:
    """A whole list in pages of three, from its newest or its oldest end."""
    newest, oldest = (account.ids(f"/{name}", limit=100)[end] for end in (0, -1))
    found = [newest] if param == "starting_after" else [oldest]
    has_more = True
    while has_more:
        cursor = found[-1] if param == "starting_after" else found[0]
        page = account.get(f"/{name}", limit=3, **{param: cursor})
        ids = [item["id"] for item in page["data"]]
        assert len(ids) == page["count"] <= 3
        found = [*found, *ids] if param == "starting_after" else [*ids, *found]
        has_more = page["has_more"]
    return found


@pytest.mark.parametrize("name", ALL)
def test_created_bounds_a_list(full: Account, name: str) -> None:
    whole = full.get(f"/{name}", limit=100)["data"]
    middle = whole[len(whole) // 2]["created"]
    for query, kept in (
        ({"created[gte]": middle}, [item for item in whole if item["created"] >= middle]),
        ({"created[lt]": middle}, [item for item in whole if item["created"] < middle]),
        ({"created[gte]": middle, "created[lt]": middle + 1}, [item for item in whole if item["created"] == middle]),
        ({"created[gte]": middle + 1, "created[lt]": middle}, []),
        ({"created[gte]": 0, "created[lt]": 99_999_999_999}, whole),
        ({"created[gte]": 99_999_999_999}, []),
    ):
        assert full.get(f"/{name}", limit=100, **query)["data"] == kept, query
    assert full.ids(f"/{name}", limit=100, **{"created[gte]": 0, "starting_after": whole[2]["id"]}) == [
        item["id"] for item in whole[3:]
    ]
    assert full.ids(f"/{name}", limit=100, **{"created[gte]": 0, "starting_before": whole[2]["id"]}) == [
        item["id"] for item in whole[:2]
    ]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "-1"},
        {"limit": "1.5"},
        {"limit": ""},
        {"limit": "ten"},
        {"limit": ["1", "2"]},
        {"starting_after": "x"},
        {"starting_after": ""},
        {"starting_after": "cus_" + "0" * 33},
        {"starting_after": "😀"},
        {"starting_after": "x" * 5000},
        {"starting_after": "99999"},
        {"starting_before": "0"},
        {"ending_before": "x"},
        {"created[gte]": "yesterday"},
        {"created[lt]": "-1"},
        {"created[gt]": "1"},
        {"created": "1"},
        {"unknown": "1"},
    ],
    ids=str,
)
def test_wrong_query_is_400(full: Account, name: str, query: dict[str, Any]) -> None:
    answer = full.call("GET", f"/{name}", query=query)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request"), answer


@pytest.mark.parametrize("name", ALL)
def test_both_cursors_together_are_400(full: Account, name: str) -> None:
    cursor = full.ids(f"/{name}")[0]
    for other in ("starting_before", "ending_before"):
        assert full.call("GET", f"/{name}", query={"starting_after": cursor, other: cursor}).status == 400
    both = {"starting_before": cursor, "ending_before": cursor}
    assert full.call("GET", f"/{name}", query=both).status == 400


@pytest.mark.parametrize("name", [name for name in ALL if name != "spaces"])
def test_tampered_cursor_is_400(full: Account, name: str) -> None:
    cursor = full.ids(f"/{name}")[0]
    prefix, _, rest = cursor.partition("_")
    swapped = "0" if rest[5] != "0" else "1"
    for wrong in (
        f"{prefix}_{rest[:5]}{swapped}{rest[6:]}",
        cursor[:-1] + ("0" if cursor[-1] != "0" else "1"),
        cursor + "0",
        cursor.lower(),
        f"evt_{rest}" if prefix != "evt" else f"inv_{rest}",
    ):
        assert full.call("GET", f"/{name}", query={"starting_after": wrong}).status == 400, wrong


def test_cursor_of_a_deleted_customer_still_works(account: Account) -> None:
    ids = [account.customer(name=f"C{number}")["id"] for number in range(5)][::-1]
    account.call("DELETE", f"/customers/{ids[2]}")
    assert account.ids("/customers", starting_after=ids[2]) == ids[3:]
    assert account.ids("/customers", starting_before=ids[2]) == ids[:2]


FILTERED = ("customers", "invoices", "subscriptions", "captured_emails")


@pytest.fixture(scope="module")
def crowd(platform: Platform) -> Account:
    """Two persons in two spaces, each with one thing of each kind in each space, three times."""
    account = new_account(platform, spaces=2)
    for _ in range(3):
        for space in (1, 2):
            for email in ("Ada@Example.com", "bob@example.com"):
                customer = account.customer(space=space, email=email)
                account.invoice(customer)
                account.subscription(customer)
                account.captured(space=space, email=email)
    return account


@pytest.mark.parametrize("name", FILTERED)
def test_filters_hold_alone_and_together(crowd: Account, name: str) -> None:
    def person(item: dict[str, Any]) -> tuple[int, str]:
        holder = item.get("customer", item)
        return holder["space"]["n"], holder["email"].lower()

    whole = crowd.get(f"/{name}", limit=100)["data"]
    assert len(whole) == 12
    for space in (None, 1, 2):
        for email in (None, "ada@example.com", "BOB@EXAMPLE.COM"):
            query: dict[str, Any] = {} if space is None else {"space": space}
            query |= {} if email is None else {"email": email}
            kept = [
                item["id"]
                for item in whole
                if person(item)[0] == (space or person(item)[0])
                and person(item)[1] == (email or person(item)[1]).lower()
            ]
            assert crowd.ids(f"/{name}", limit=100, **query) == kept, query
            assert crowd.ids(f"/{name}", limit=1, starting_after=kept[0], **query) == kept[1:2]
            assert crowd.ids(f"/{name}", limit=1, starting_before=kept[-1], **query) == kept[-2:-1]
    assert crowd.ids(f"/{name}", space=3) == [] == crowd.ids(f"/{name}", email="eve@example.com")


@pytest.mark.parametrize("name", FILTERED)
@pytest.mark.parametrize(
    "query", [{"space": "x"}, {"space": "0"}, {"space": ""}, {"email": "x"}, {"email": ""}], ids=str
)
def test_wrong_filter_is_400(crowd: Account, name: str, query: dict[str, str]) -> None:
    answer = crowd.call("GET", f"/{name}", query=query)
    assert (answer.status, answer.json["param"]) == (400, next(iter(query)))


@pytest.mark.parametrize("name", ["spaces", "events", "webhooks", "resource_subscriptions"])
def test_other_lists_have_no_such_filter(full: Account, name: str) -> None:
    assert full.call("GET", f"/{name}", query={"space": 1}).status == 400


@pytest.mark.parametrize(
    ("query", "most"),
    [({}, 1), ({"space": 1}, 1), ({"email": "ada@example.com"}, 1), ({"space": 1, "email": "ada@example.com"}, 1)],
    ids=str,
)
@pytest.mark.parametrize("name", FILTERED)
def test_page_is_one_query_whatever_the_filter(crowd: Account, name: str, query: dict[str, Any], most: int) -> None:
    for space in (1, 2):
        forget_space(crowd.partner.origin, space)  # one that is remembered already could expire within the test
    crowd.get(f"/{name}", **query)
    first = crowd.ids(f"/{name}", limit=1, **query)[0]
    for param in ("starting_after", "starting_before"):
        with metered() as bill:
            crowd.get(f"/{name}", limit=2, **{param: first}, **query, **{"created[gte]": 0})
        assert bill.operations == ["Query"] * most


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("spaces", ["Query"]),
        ("events", ["Query"]),
        ("webhooks", ["Query", "BatchGetItem"]),
        ("resource_subscriptions", ["Query"]),
    ],
)
def test_page_of_the_other_lists_is_two_requests_at_most(full: Account, name: str, operations: list[str]) -> None:
    cursor = full.ids(f"/{name}")[0]
    with metered() as bill:
        full.get(f"/{name}", starting_after=cursor)
    assert bill.operations == operations


def test_one_customer_is_one_request(full: Account) -> None:
    customer = full.ids("/customers")[0]
    full.get(f"/customers/{customer}")
    with metered() as bill:
        full.get(f"/customers/{customer}")
    assert [request.operation for request in bill.requests] == ["GetItem"]
