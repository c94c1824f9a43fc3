"""What docs/performance.md promises of this surface, counted."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.budgets.calls import fresh_key, kept_warm
from tests.budgets.metering import Bill, metered
from tests.oauth.flows import Request
from tests.platform import Answer, Platform
from tests.spaces.world import Account, new_account


@pytest.fixture(scope="module")
def warm(platform: Platform) -> Iterator[Account]:
    """An account with two endpoints, known to a warm function."""
    with kept_warm():
        account = new_account(platform)
        for number in range(2):
            account.hook(f"https://hooks.example.com/{number}", "invoice.created")
        account.customer()
        account.get("/customers")
        yield account


def _bill(call: Callable[[], Answer]) -> Bill:
    with metered() as bill:
        assert call().status == 200
    return bill


def test_one_thing_is_one_request(warm: Account) -> None:
    invoice = warm.invoice(warm.customer())["id"]
    for path in (f"/invoices/{invoice}", f"/events/{warm.ids('/events')[0]}", "/spaces/1", "/account"):
        assert _bill(partial(warm.call, "GET", path)).operations == ["GetItem"], path


def test_new_invoice_is_three_reads_and_one_transaction(warm: Account) -> None:
    body = warm.order(warm.customer())
    bill = _bill(lambda: warm.call("POST", "/invoices", body, headers=fresh_key()))
    assert bill.operations == ["GetItem", "GetItem", "Query", "TransactWriteItems"]
    assert bill.most_items == 7 + 2
    assert len(bill.of("sqs")) == 1


def test_new_customer_is_one_read_and_one_transaction(warm: Account) -> None:
    body = {"name": "Ada", "email": "ada@example.com", "space": 1}
    bill = _bill(lambda: warm.call("POST", "/customers", body, headers=fresh_key()))
    assert bill.operations == ["Query", "TransactWriteItems"]
    assert bill.most_items == 5


def test_tokens_are_two_reads_a_signature_and_one_transaction(warm: Account) -> None:
    application = warm.application
    code = Request(application).allowed_by(warm.partner.key)["code"]
    redeemed: list[Answer] = []

    def redeem() -> Answer:
        redeemed.append(application.redeem(code))
        return redeemed[0]

    for call in (redeem, lambda: application.refresh(redeemed[0].json["refresh_token"])):
        bill = _bill(call)
        assert bill.operations == ["GetItem", "GetItem", "TransactWriteItems"]
        assert bill.most_items <= 5  # the key that consented is checked, and a new grant is in the audit log
        assert [request.operation for request in bill.of("kms")] == ["Sign"]


def test_page_of_a_customer_s_subscriptions_is_two_requests(warm: Account) -> None:
    customer = warm.customer()
    warm.subscription(customer)
    bill = _bill(lambda: warm.call("GET", f"/customers/{customer['id']}/subscriptions"))
    assert bill.operations == ["GetItem", "Query"]
