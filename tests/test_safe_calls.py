"""A GET that changes something is heard, whichever of its threads does it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests import safe_calls
from tests.platform import Platform


def _write(operation: str, **given: Any) -> None:
    with ThreadPoolExecutor() as pool:
        pool.submit(aws.client("dynamodb")._make_api_call, operation, given).result()


def _item(number: int) -> dict[str, Any]:
    return {"pk": {"S": f"PLANTED#{number}"}, "sk": {"S": "ROW"}}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_read_that_writes_is_heard(platform: Platform, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    table = f"{settings().prefix}dreamspace"

    def view() -> dict[str, Any]:
        _write("PutItem", TableName=table, Item=_item(1))
        _write("TransactWriteItems", TransactItems=[{"Delete": {"TableName": table, "Key": _item(2)}}])
        _write("GetItem", TableName=table, Key=_item(1))
        return {}

    path = "/claim/sign-in"  # a page, which the reference does not describe
    monkeypatch.setattr(platform.app.routes[path][method], "view_function", view)
    with safe_calls.collected() as changes:
        assert platform.call(method, path).status == 200
    written = (f"GET {path}", "dreamspace PLANTED")
    assert changes == ({written: 2} if method == "GET" else {})
    assert safe_calls.undeclared(changes) == [" changes ".join(written) for _ in changes]
