"""Numbers that run: without a gap and without a double, whoever asks at once."""

from functools import partial
from typing import Any

import pytest

from tests.faults.crowd import SharedPlatform, at_once
from tests.faults.wire import meanwhile
from tests.platform import Platform
from tests.spaces.world import Account, new_account

_MANY = 12


@pytest.fixture
def crowd(platform: Platform) -> Account:
    """An account that may be called from several threads."""
    return new_account(platform).through(SharedPlatform(platform))


def test_spaces_made_at_once_are_numbered_without_gap(crowd: Account) -> None:
    made = at_once([crowd.space] * _MANY)
    assert sorted(made) == list(range(2, _MANY + 2))


@pytest.mark.parametrize(("path", "number"), [("/invoices", "order_number"), ("/subscriptions", "serial_number")])
def test_orders_made_at_once_are_numbered_without_gap(crowd: Account, path: str, number: str) -> None:
    customers = [crowd.customer(name=f"C{index}") for index in range(3)]

    def order(index: int) -> Any:
        return crowd.post(path, crowd.order(customers[index % 3]))[number]

    made = at_once([partial(order, index) for index in range(_MANY)])
    assert sorted(made) == list(range(1, _MANY + 1))


def test_each_space_counts_for_itself(account: Account) -> None:
    account.space()
    first, second = account.customer(space=1), account.customer(space=2)
    numbers = [account.invoice(customer)["order_number"] for customer in (first, second, first, second)]
    serials = [account.subscription(customer)["serial_number"] for customer in (second, first)]
    assert (numbers, serials) == ([1, 1, 2, 2], [1, 1])


def test_refused_order_takes_no_number(account: Account) -> None:
    customer = account.customer()
    account.call("POST", "/invoices", account.order(customer, items=[]))
    assert account.invoice(customer)["order_number"] == 1


def test_order_that_another_overtakes_takes_the_next_number(crowd: Account) -> None:
    customer = crowd.customer()
    overtaking: list[Any] = []
    with meanwhile(lambda: overtaking.append(crowd.invoice(customer)["order_number"])):
        late = crowd.invoice(customer)["order_number"]
    assert (overtaking, late) == ([1], 2)


def test_order_of_a_customer_deleted_meanwhile_is_refused(crowd: Account) -> None:
    customer = crowd.customer()
    with meanwhile(lambda: crowd.call("DELETE", f"/customers/{customer['id']}")):
        answer = crowd.call("POST", "/invoices", crowd.order(customer))
    assert answer.status == 400
    assert crowd.get("/invoices")["data"] == []


def test_subscription_made_while_its_customer_is_deleted_does_not_outlive_it(crowd: Account) -> None:
    customer = crowd.customer()
    crowd.subscription(customer)
    with meanwhile(lambda: crowd.subscription(customer)):
        assert crowd.call("DELETE", f"/customers/{customer['id']}").status == 200
    assert [each["status"] for each in crowd.get("/subscriptions")["data"]] == ["canceled", "canceled"]


def test_subscription_canceled_while_its_customer_is_deleted_is_canceled_once(crowd: Account) -> None:
    customer = crowd.customer()
    tokens = [crowd.subscription(customer)["token"] for _ in range(3)]
    with meanwhile(lambda: crowd.post(f"/subscriptions/{tokens[0]}/cancel")):
        assert crowd.call("DELETE", f"/customers/{customer['id']}").status == 200
    assert crowd.event_types().count("subscription.canceled") == 3


def test_invoice_paid_at_once_is_paid_once(crowd: Account) -> None:
    invoice = crowd.invoice(crowd.customer())
    answers = at_once([lambda: crowd.post(f"/invoices/{invoice['id']}/pay")] * 6)
    assert answers == [{**invoice, "paid": True}] * 6
    assert crowd.event_types().count("invoice.paid") == 1


def test_customer_changed_at_once_keeps_every_change(crowd: Account) -> None:
    customer = crowd.customer()
    path = f"/customers/{customer['id']}"
    at_once(
        [lambda: crowd.call("PATCH", path, {"name": "New"}), lambda: crowd.call("PATCH", path, {"email": "n@x.io"})]
    )
    shown = crowd.get(path)
    assert (shown["name"], shown["email"]) == ("New", "n@x.io")


def test_deletion_ends_many_subscriptions_in_few_transactions(platform: Platform) -> None:
    account = new_account(platform)
    customer = account.customer()
    for _ in range(40):
        account.subscription(customer)
    assert account.call("DELETE", f"/customers/{customer['id']}").status == 200
    assert {each["status"] for each in account.get("/subscriptions", limit=100)["data"]} == {"canceled"}
    assert account.event_types().count("subscription.canceled") == 40
