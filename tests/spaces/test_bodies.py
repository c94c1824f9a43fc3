"""Bodies: forms as Stripe's clients send them, hostile ones, and the same one twice."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.faults.crowd import SharedPlatform, at_once
from tests.platform import Platform
from tests.spaces.world import ITEM, Account, new_account


def _form(*pairs: tuple[str, str]) -> bytes:
    return urlencode(pairs).encode()


def test_form_means_what_the_same_json_means(account: Account) -> None:
    customer = account.post("/customers", _form(("name", "Ada"), ("email", "a@example.com"), ("space", "1")))
    assert account.get(f"/customers/{customer['id']}") == customer
    invoice = account.post(
        "/invoices",
        _form(
            ("customer", customer["id"]),
            ("currency", "eur"),
            ("items[0][item_id]", "sku-1"),
            ("items[0][quantity]", "2"),
            ("items[0][unit_amount]", "500"),
            ("items[1][item_id]", "sku-2"),
            ("items[1][unit_amount]", "100"),
            ("items[1][discount]", "50"),
            ("billing_address[line_1]", "1 Rocket Road"),
            ("shipping_address", ""),
        ),
    )
    assert (invoice["total"], invoice["currency"], invoice["items"]["count"]) == (1050, "EUR", 2)
    assert invoice["billing_address"]["line_1"] == "1 Rocket Road"
    assert invoice["shipping_address"] is None
    shipped = account.post(f"/invoices/{invoice['id']}/ship", _form(("shipping_details[carrier]", "DHL")))
    assert shipped["shipping_details"] == {"carrier": "DHL"}
    changed = account.call("PATCH", f"/customers/{customer['id']}", _form(("name", "Ada L")))
    assert changed.json["name"] == "Ada L"


@pytest.mark.parametrize("text", ["19.00", "19.99", "29_40", " 5 ", "+5", "1e2", "007", "\u0665", "true", ""])
@pytest.mark.parametrize("field", ["unit_amount", "quantity", "discount", "date_range_start"])
def test_amount_that_json_would_not_read_is_never_billed(account: Account, field: str, text: str) -> None:
    customer = account.customer()
    item = {"items[0][unit_amount]": "900", f"items[0][{field}]": text}
    form = urlencode({"customer": customer["id"], "currency": "EUR", **item}).encode()
    answer = account.call("POST", "/invoices", form)
    if text == "" and field == "date_range_start":  # which may be null
        assert answer.json["items"]["data"][0][field] is None
        return
    assert (answer.status, answer.json["param"]) == (400, f"items[0][{field}]"), answer
    assert account.ids("/invoices") == []


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"discount": "6"}, "discount", "is more than quantity × unit_amount"),
        ({"date_range_start": "2", "date_range_end": "1"}, "date_range_end", "must not come before date_range_start"),
    ],
)
def test_what_is_wrong_between_fields_is_named_as_it_was_written(
    shared: Account, wrong: dict[str, str], field: str, reason: str
) -> None:
    sale = {"customer": "cus_unknown", "currency": "EUR"}
    item = {"unit_amount": "5", **wrong}
    form = urlencode({**sale, **{f"items[0][{name}]": text for name, text in item.items()}}).encode()
    body = {**sale, "items": [{name: int(text) for name, text in item.items()}]}
    for sent, named in ((form, f"items[0][{field}]"), (body, f"items[0].{field}")):
        refused = shared.call("POST", "/invoices", sent)
        assert (refused.status, refused.json["param"]) == (400, named)
        assert refused.json["message"] == f"{named}: {reason}"
    other = shared.call("POST", "/invoices", {**sale, "items": [ITEM, {**ITEM, "currency": "USD"}]})
    assert (other.status, other.json["param"]) == (400, "items")
    assert other.json["message"] == "items: number 1 is in USD, and the whole in EUR"


def test_empty_text_digits_as_keys_and_names_of_refused_fields(account: Account) -> None:
    customer = account.customer()
    form = {"customer": customer["id"], "currency": "EUR", "items[0][unit_amount]": "1", "items[0][description]": ""}
    invoice = account.post("/invoices", urlencode({**form, "billing_address[line_2]": ""}).encode())
    assert invoice["items"]["data"][0]["description"] == ""
    assert invoice["billing_address"]["line_2"] == ""
    path = f"/invoices/{invoice['id']}/ship"
    for body, named in (
        (_form(("shipping_details[carrier][name]", "x")), "shipping_details[carrier]"),
        ({"shipping_details": {"carrier": {"name": "x"}}}, "shipping_details.carrier"),
    ):
        refused = account.call("POST", path, body)
        assert (refused.status, refused.json["param"]) == (400, named)
    refused = account.call("POST", path, {"shipping_details": 5})
    assert (refused.json["param"], refused.json["message"]) == (
        "shipping_details",
        "shipping_details: must be a text or an object",
    )
    shipped = account.post(path, _form(("shipping_details[2024]", "DHL"), ("shipping_details[0]", "x")))
    assert shipped["shipping_details"] == {"2024": "DHL", "0": "x"}


@pytest.mark.parametrize(
    "body",
    [
        b"name",
        b"name=A&name=B&email=a@example.com&space=1",
        b"name[x]=A&email=a@example.com&space=1",
        b"name=A&email=a@example.com&space=one",
        b"name=A&email=a@example.com&space=1.5",
        b"name=A&email=a@example.com&space=1&extra=1",
        b"name=A%00&email=a@example.com&space=1",
        b"name=%ff&email=a@example.com&space=1",
        b"[]=A",
        b"name[=A&email=a@example.com&space=1",
        b"name]=A",
        b"x" + b"[y]" * 50 + b"=1",
        b"a=1&" * 20_000,
        b"name[0]=A&name[2]=B&email=a@example.com&space=1",
        b"name[0]=A&name[]=B&name[1]=C&email=a@example.com&space=1",
        b"name=A&name[b]=C&email=a@example.com&space=1",
    ],
    ids=lambda body: body[:30].decode(errors="replace"),
)
def test_wrong_form_is_400(shared: Account, body: bytes) -> None:
    answer = shared.call("POST", "/customers", body)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request"), answer


HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "not JSON": (b"{", "application/json", 400),
    "an array": (b"[]", "application/json", 400),
    "a number": (b"1", "application/json", 400),
    "null": (b"null", "application/json", 400),
    "NaN": (b'{"name": NaN}', "application/json", 400),
    "a duplicate key": (b'{"name": "A", "name": "B"}', "application/json", 400),
    "too deep": (b'{"name":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "application/json", 400),
    "half a surrogate pair": (b'{"name": "\\ud800", "email": "a@example.com", "space": 1}', "application/json", 400),
    "NUL": (b'{"name": "\\u0000", "email": "a@example.com", "space": 1}', "application/json", 400),
    "replaced by a gateway": ('{"name": "\ufffd"}'.encode(), "application/json", 400),
    "replaced by a gateway, in a form": ("name=\ufffd".encode(), "application/x-www-form-urlencoded", 400),
    "not UTF-8": (b'{"name": "\xff"}', "application/json", 400),
    "a huge number": (b'{"name": "A", "email": "a@example.com", "space": 1e999}', "application/json", 400),
    "a space of many digits": (
        b'{"name": "A", "email": "a@example.com", "space": ' + b"9" * 300 + b"}",
        "application/json",
        400,
    ),
    "another type": (b"<a/>", "application/xml", 400),
    "multipart": (b"--x", "multipart/form-data; boundary=x", 400),
    "too large": (b'{"name": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413),
    "too large a form": (b"name=" + b"x" * 1024 * 1024, "application/x-www-form-urlencoded", 413),
    "empty": (b"", "application/json", 400),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_body_is_refused_on_every_post(shared: Account, what: str) -> None:
    body, media_type, status = HOSTILE[what]
    for path in ("/customers", "/invoices", "/subscriptions", "/captured_emails", "/resource_subscriptions"):
        answer = shared.platform.call(
            "POST", f"/api/v1{path}", key=shared.token, body=body, headers={"Content-Type": media_type}
        )
        assert answer.status == status, (path, answer)
        assert answer.json["message"]


@pytest.mark.parametrize(
    "identifier", ["0", "-1", "x" * 200, "%00", "%ff", "..", "cus_", "cus_😀", "%F0%9F%98%80", "a%2Fb", "{id}", "'"]
)
def test_hostile_id_is_404(shared: Account, identifier: str) -> None:
    for path in ("/customers/{}", "/invoices/{}", "/events/{}", "/resource_subscriptions/{}", "/spaces/{}"):
        address = path.format(identifier.encode().decode("ascii", "ignore") or "x")
        assert shared.call("GET", address).status == 404, address
    assert shared.call("POST", f"/subscriptions/{identifier.encode('ascii', 'ignore').decode()}/cancel").status == 404


def test_same_key_and_body_is_the_first_answer_again(account: Account) -> None:
    key = {"Idempotency-Key": "once"}
    body = {"name": "Ada", "email": "ada@example.com", "space": 1}
    first = account.call("POST", "/customers", body, headers=key)
    assert account.call("POST", "/customers", body, headers=key).json == first.json
    assert len(account.ids("/customers")) == 1
    other = account.call("POST", "/customers", {**body, "name": "Bob"}, headers=key)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert account.call("POST", "/captured_emails", {"email": "a@example.com", "space": 1}, headers=key).status == 200
    assert account.call("POST", "/customers", body, headers={"Idempotency-Key": "x" * 256}).status == 400


@pytest.mark.parametrize(
    ("kind", "verb", "body"),
    [("invoices", "pay", None), ("invoices", "ship", {"shipping_details": "DHL"}), ("subscriptions", "cancel", None)],
)
def test_key_of_one_object_never_answers_for_another(account: Account, kind: str, verb: str, body: Any) -> None:
    customer = account.customer()
    first, second = (account.post(f"/{kind}", account.order(customer)) for _ in range(2))
    key = {"Idempotency-Key": "nightly"}
    done = account.post(f"/{kind}/{first['id']}/{verb}", body, **key)
    other = account.call("POST", f"/{kind}/{second['id']}/{verb}", body, headers=key)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert account.get(f"/{kind}")["data"] == [second, done]
    unknown = account.call("POST", f"/{kind}/nonsense/{verb}", body, headers=key)
    assert unknown.status in (404, 422)
    queried = account.call("POST", f"/{kind}/{first['id']}/{verb}", body, query={"a": "1"}, headers=key)
    assert queried.status == 422
    assert account.post(f"/{kind}/{first['id']}/{verb}", body, **key) == done


def test_refusal_is_not_remembered(account: Account) -> None:
    key = {"Idempotency-Key": "later"}
    body = {"name": "Ada", "email": "ada@example.com", "space": 2}
    assert account.call("POST", "/customers", body, headers=key).status == 400
    account.space()
    assert account.call("POST", "/customers", body, headers=key).status == 200


@pytest.mark.parametrize("path", ["/spaces", "/invoices", "/subscriptions", "/resource_subscriptions"])
def test_calls_at_once_with_one_key_make_one_thing(platform: Platform, path: str) -> None:
    account = new_account(platform).through(SharedPlatform(platform))
    customer = account.customer()
    hook = {"event": "customer.created", "target_url": "https://hooks.example.com/"}
    body = {"/spaces": {}, "/resource_subscriptions": hook}.get(path, account.order(customer))
    before = len(account.ids(path))
    answers = at_once([lambda: account.call("POST", path, body, headers={"Idempotency-Key": "k"})] * 6)
    assert {answer.status for answer in answers} <= {200, 409}
    good = [answer.json for answer in answers if answer.status == 200]
    assert good
    assert good.count(good[0]) == len(good)
    assert len(account.ids(path)) == before + 1


def test_second_payment_under_a_key_is_remembered_too(account: Account) -> None:
    invoice = account.invoice(account.customer())
    path = f"/invoices/{invoice['id']}/pay"
    answers = [account.post(path, {}, **{"Idempotency-Key": key}) for key in ("a", "b", "b", "a")]
    assert answers == [{**invoice, "paid": True}] * 4


def test_texts_come_back_as_they_were(account: Account) -> None:
    name = "Zoë \u202e\u200b😀 'quoted' <b>"
    assert account.customer(name=name)["name"] == name
    invoice = account.invoice(account.customer(), items=[{**ITEM, "description": name}])
    assert account.get(f"/invoices/{invoice['id']}")["items"]["data"][0]["description"] == name
