"""What each resource holds, and what becomes of it."""

from typing import Any

import pytest

from tests.spaces.world import ITEM, Account

ADDRESS = {"line_1": "1 Rocket Road", "zip_code": "90250", "locality": "Hawthorne", "region": "CA", "country": "US"}
WHOLE_ADDRESS = {"line_2": None, "line_3": None, **ADDRESS}


def test_account_is_the_partner(account: Account) -> None:
    shown = account.get("/account")
    assert (shown["object"], shown["id"], shown["name"]) == ("account", account.origin, account.origin)
    assert shown.keys() >= {"email", "created", "avatar_image_url", "referral_code"}
    assert isinstance(shown["created"], int)
    assert account.get("/account")["referral_code"] == shown["referral_code"] != ""


def test_spaces_are_numbered_from_one(account: Account) -> None:
    second = account.post("/spaces", {"url": "https://two.example"})
    assert second.keys() == {"object", "id", "n", "url", "created"}
    assert (second["object"], second["id"], second["n"], second["url"]) == ("space", 2, 2, "https://two.example")
    assert account.get("/spaces/1")["url"] is None
    assert account.ids("/spaces") == [2, 1]
    assert account.call("PATCH", "/spaces/2", {"url": None}).json["url"] is None
    assert account.call("PATCH", "/spaces/2", {}).json == account.get("/spaces/2")
    for missing in ("3", "0", "01", "x", "-1", "99999999999", "%00"):
        assert account.call("GET", f"/spaces/{missing}").status == 404


def test_customer_has_its_space(account: Account) -> None:
    customer = account.customer(email="Ada+Space@Example.com")
    assert customer.keys() == {"object", "id", "name", "email", "created", "space"}
    assert (customer["object"], customer["email"]) == ("customer", "Ada+Space@Example.com")
    assert customer["space"] == account.get("/spaces/1")
    assert account.get(f"/customers/{customer['id']}") == customer
    assert account.get("/customers")["data"] == [customer]


def test_change_of_a_customer_is_an_event_where_it_changes_something(account: Account) -> None:
    customer = account.customer()
    path = f"/customers/{customer['id']}"
    assert account.call("PATCH", path, {"name": "Ada"}).json == customer
    assert account.call("PATCH", path, {}).json == customer
    assert account.event_types() == ["customer.created"]
    changed = account.call("PATCH", path, {"name": "Ada L", "email": "new@example.com"}).json
    assert changed == {**customer, "name": "Ada L", "email": "new@example.com"}
    assert account.get(path) == changed
    assert account.event_types() == ["customer.created", "customer.updated"]
    assert account.ids("/customers", email="ada@example.com") == []
    assert account.ids("/customers", email="new@example.com", space=1) == [customer["id"]]


def test_invoice_s_totals_are_computed(account: Account) -> None:
    customer = account.customer()
    items = [ITEM, {**ITEM, "discount": 100, "quantity": 3, "date_range_start": 10, "date_range_end": 20}]
    invoice = account.invoice(customer, items=items, billing_address=ADDRESS)
    assert invoice["total"] == 1000 + 1400
    assert (invoice["order_number"], invoice["currency"]) == (1, "EUR")
    assert (invoice["paid"], invoice["shipped"], invoice["shipping_details"]) == (False, False, None)
    assert (invoice["billing_address"], invoice["shipping_address"]) == (WHOLE_ADDRESS, None)
    assert invoice["customer"] == customer
    assert invoice["items"]["count"] == 2
    first, second = invoice["items"]["data"]
    assert first == {
        "object": "item",
        **ITEM,
        "discount": 0,
        "total_amount": 1000,
        "currency": "EUR",
        "date_range_start": None,
        "date_range_end": None,
    }
    assert (second["total_amount"], second["date_range_start"], second["date_range_end"]) == (1400, 10, 20)
    assert account.get(f"/invoices/{invoice['id']}") == invoice
    assert account.get("/invoices")["data"] == [invoice]


def test_invoice_is_paid_once_and_shipped_once(account: Account) -> None:
    invoice = account.invoice(account.customer())
    path = f"/invoices/{invoice['id']}"
    paid = account.post(f"{path}/pay")
    assert paid == {**invoice, "paid": True} == account.post(f"{path}/pay", {})
    shipped = account.post(f"{path}/ship", {"shipping_details": "DHL 42"})
    assert shipped == {**paid, "shipped": True, "shipping_details": "DHL 42"}
    assert account.post(f"{path}/ship", {"shipping_details": "DHL 42"}) == shipped
    assert account.call("POST", f"{path}/ship", {"shipping_details": "UPS 7"}).status == 409
    assert account.get(path) == shipped
    assert account.event_types() == ["customer.created", "invoice.created", "invoice.paid", "invoice.shipped"]


def test_subscription_is_canceled_once(account: Account) -> None:
    customer = account.customer()
    subscription = account.subscription(customer)
    assert subscription["token"] == subscription["id"]
    assert (subscription["serial_number"], subscription["status"], subscription["total"]) == (1, "active", 1000)
    assert subscription["customer"] == customer
    path = f"/customers/{customer['id']}/subscriptions"
    assert account.get(path)["data"] == [subscription] == account.get("/subscriptions")["data"]
    assert account.get(f"{path}/{subscription['token']}") == subscription
    canceled = account.post(f"/subscriptions/{subscription['token']}/cancel")
    assert canceled == {**subscription, "status": "canceled"}
    assert account.post(f"/subscriptions/{subscription['token']}/cancel") == canceled
    assert account.event_types()[-2:] == ["subscription.created", "subscription.canceled"]


def test_subscription_is_shown_below_its_own_customer_alone(account: Account) -> None:
    ada, bob = account.customer(), account.customer(name="Bob")
    token = account.subscription(ada)["token"]
    assert account.call("GET", f"/customers/{bob['id']}/subscriptions/{token}").status == 404
    assert account.get(f"/customers/{bob['id']}/subscriptions")["data"] == []


def test_deleted_customer_leaves_its_invoices_and_ends_its_subscriptions(account: Account) -> None:
    customer = account.customer()
    invoice = account.invoice(customer)
    tokens = [account.subscription(customer)["token"] for _ in range(3)]
    account.post(f"/subscriptions/{tokens[0]}/cancel")
    path = f"/customers/{customer['id']}"
    deleted = account.call("DELETE", path)
    assert (deleted.status, deleted.json) == (200, {"id": customer["id"], "object": "customer", "deleted": True})
    for method in ("GET", "DELETE"):
        assert account.call(method, path).status == 404
    assert account.call("PATCH", path, {"name": "x"}).status == 404
    assert account.call("GET", f"{path}/subscriptions").status == 404
    assert account.get(f"/invoices/{invoice['id']}")["customer"] == customer
    assert {each["status"] for each in account.get("/subscriptions")["data"]} == {"canceled"}
    assert account.event_types()[-3:] == ["subscription.canceled", "subscription.canceled", "customer.deleted"]
    assert account.call("POST", "/invoices", account.order(customer)).status == 400


def test_captured_email_has_its_space(account: Account) -> None:
    captured = account.captured()
    assert captured.keys() == {"object", "id", "email", "created", "space"}
    assert captured["space"] == account.get("/spaces/1")
    assert account.get("/captured_emails")["data"] == [captured]
    assert account.event_types() == ["captured_email.created"]


def test_event_holds_the_object_as_it_was(account: Account) -> None:
    customer = account.customer()
    account.call("PATCH", f"/customers/{customer['id']}", {"name": "Later"})
    updated, created = account.get("/events")["data"]
    assert created.keys() == {"object", "id", "type", "created", "data"}
    assert (created["object"], created["type"]) == ("event", "customer.created")
    assert created["data"] == {"object": {**customer, "token": customer["id"]}}
    assert updated["data"]["object"]["name"] == "Later"
    assert account.get(f"/events/{created['id']}") == created


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "customer without name": ("/customers", {"email": "a@example.com", "space": 1}),
    "customer with empty name": ("/customers", {"name": "", "email": "a@example.com", "space": 1}),
    "customer with long name": ("/customers", {"name": "x" * 501, "email": "a@example.com", "space": 1}),
    "customer without address": ("/customers", {"name": "A", "space": 1}),
    "customer with no address": ("/customers", {"name": "A", "email": "nobody", "space": 1}),
    "customer without space": ("/customers", {"name": "A", "email": "a@example.com"}),
    "customer of an unknown space": ("/customers", {"name": "A", "email": "a@example.com", "space": 77}),
    "customer of space 0": ("/customers", {"name": "A", "email": "a@example.com", "space": 0}),
    "customer of space true": ("/customers", {"name": "A", "email": "a@example.com", "space": True}),
    "customer with id": ("/customers", {"name": "A", "email": "a@example.com", "space": 1, "id": "x"}),
    "space with another scheme": ("/spaces", {"url": "javascript:alert(1)"}),
    "space with number": ("/spaces", {"n": 5}),
    "captured without address": ("/captured_emails", {"space": 1}),
    "captured in an unknown space": ("/captured_emails", {"email": "a@example.com", "space": 77}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_wrong_body_is_refused_and_named(shared: Account, what: str) -> None:
    path, body = REFUSED[what]
    answer = shared.call("POST", path, body)
    assert answer.status == 400, answer
    assert answer.json["message"]
    assert answer.json["code"] in ("invalid_request", "unknown_reference")
    assert answer.json["param"]


WRONG_ORDERS: dict[str, dict[str, Any]] = {
    "unknown customer": {"customer": "cus_x"},
    "customer a number": {"customer": 1},
    "unknown currency": {"currency": "ABC"},
    "currency in words": {"currency": "euro"},
    "no items": {"items": []},
    "items an object": {"items": {"0": ITEM}},
    "251 items": {"items": [ITEM] * 251},
    "total": {"total": 1000},
    "item's total": {"items": [{**ITEM, "total_amount": 1000}]},
    "item without amount": {"items": [{"item_id": "x"}]},
    "quantity 0": {"items": [{**ITEM, "quantity": 0}]},
    "quantity a fraction": {"items": [{**ITEM, "quantity": 1.5}]},
    "quantity as text": {"items": [{**ITEM, "quantity": "2"}]},
    "negative amount": {"items": [{**ITEM, "unit_amount": -1}]},
    "amount a fraction": {"items": [{**ITEM, "unit_amount": 0.5}]},
    "huge amount": {"items": [{**ITEM, "unit_amount": 10**30}]},
    "huge sum": {"items": [{**ITEM, "unit_amount": 10**12, "quantity": 10**6}]},
    "discount beyond the line": {"items": [{**ITEM, "discount": 1001}]},
    "negative discount": {"items": [{**ITEM, "discount": -1}]},
    "another currency": {"items": [{**ITEM, "currency": "USD"}]},
    "item id a number": {"items": [{**ITEM, "item_id": 1}]},
    "long description": {"items": [{**ITEM, "description": "x" * 501}]},
    "range backwards": {"items": [{**ITEM, "date_range_start": 20, "date_range_end": 10}]},
    "range as text": {"items": [{**ITEM, "date_range_start": "today"}]},
    "unknown line of an address": {"billing_address": {"line_4": "x"}},
    "address a text": {"shipping_address": "at home"},
    "order number": {"order_number": 7},
    "paid": {"paid": True},
}


@pytest.mark.parametrize("what", WRONG_ORDERS)
def test_wrong_order_is_refused(shared: Account, buyer: dict[str, Any], what: str) -> None:
    for path in ("/invoices", "/subscriptions"):
        answer = shared.call("POST", path, {**shared.order(buyer), **WRONG_ORDERS[what]})
        assert answer.status == 400, (path, answer)


@pytest.fixture(scope="module")
def buyer(shared: Account) -> dict[str, Any]:
    """A customer who gets no order."""
    return shared.customer()


def test_order_of_the_largest_items_is_taken(account: Account) -> None:
    item = {**ITEM, "item_id": "i" * 500, "description": "d" * 500, "discount": 1000}
    invoice = account.invoice(account.customer(), items=[item] * 250)
    assert (invoice["items"]["count"], invoice["total"]) == (250, 0)
    assert account.get(f"/invoices/{invoice['id']}") == invoice


def test_order_beyond_a_row_is_413(account: Account) -> None:
    item = {**ITEM, "item_id": "😀" * 500, "description": "😀" * 300}
    customer = account.customer()
    assert account.call("POST", "/invoices", account.order(customer, items=[item] * 250)).status == 413
    assert account.get("/invoices")["data"] == []
    assert account.invoice(customer)["order_number"] == 1
