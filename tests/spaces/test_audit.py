"""Each write of an account's objects stands in the audit log, with what changed and whose credential it was."""

from typing import Any

import pytest

from tests.platform import Platform
from tests.spaces.world import Account, new_account

CARRIER = {"company": "DHL", "tracking_number": "1", "tracking_url": "https://dhl.example/1"}


@pytest.fixture
def account(platform: Platform) -> Account:
    return new_account(platform)


def _entries(account: Account) -> list[dict[str, Any]]:
    """The log, oldest first."""
    answer = account.partner.platform.admin("GET", f"/{account.origin}/audit", query={"limit": 100})
    return list(reversed(answer.json["data"]))


def test_every_write_of_an_account_is_in_the_log_once(account: Account) -> None:
    before = len(_entries(account))
    customer = account.customer()
    invoice = account.invoice(customer)
    subscription = account.subscription(customer)
    captured = account.captured()
    account.call("PATCH", f"/customers/{customer['id']}", {"name": "Grace"})
    account.call("PATCH", f"/customers/{customer['id']}", {"name": "Grace"})
    account.post(f"/invoices/{invoice['id']}/pay")
    account.post(f"/invoices/{invoice['id']}/pay")
    account.call("DELETE", f"/customers/{customer['id']}")
    entries = _entries(account)[before:]
    assert [(each["action"], each["target"]) for each in entries] == [
        ("customer.create", customer["id"]),
        ("invoice.create", invoice["id"]),
        ("subscription.create", subscription["id"]),
        ("captured_email.create", captured["id"]),
        ("customer.update", customer["id"]),
        ("invoice.pay", invoice["id"]),
        ("subscription.cancel", subscription["id"]),
        ("customer.delete", customer["id"]),
    ]
    [actor] = {each["actor"] for each in entries}
    assert actor.startswith(("oauth:", "key:"))


def test_entries_tell_what_changed_and_leave_out_what_is_long(account: Account) -> None:
    customer = account.customer()
    items = [{"description": "x" * 500, "unit_amount": 1} for _ in range(60)]
    invoice = account.invoice(customer, items=items)
    account.call("PATCH", f"/customers/{customer['id']}", {"name": "Grace"})
    account.post(f"/invoices/{invoice['id']}/pay")
    account.call("DELETE", f"/customers/{customer['id']}")
    created, updated, paid, deleted = _entries(account)[-4:]
    assert created["before"] is None
    assert (created["after"]["id"], created["after"]["total"]) == (invoice["id"], invoice["total"])
    assert set(created["after"]["items"]) == {"bytes", "sha256"}
    assert (updated["before"], updated["after"]) == ({"name": customer["name"]}, {"name": "Grace"})
    assert (paid["before"]["paid"], paid["after"]["paid"]) == (False, True)
    assert (deleted["before"]["name"], deleted["after"]) == ("Grace", None)
