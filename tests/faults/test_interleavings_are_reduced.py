"""Fewer places are tried than there are, and a fault is found all the same."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.engine import Variant, staged
from tests.faults.interleavings.rewinding import can_rewind
from tests.faults.interleavings.scene import Scene, step
from tests.platform import Partner

pytestmark = pytest.mark.skipif(not can_rewind(), reason="only the embedded engine tells of each item")
_OTHERS = 4


class _Register:
    """A number in storage, and rows beside it that nobody changes."""

    def __init__(self, partner: Partner) -> None:
        self.pk = f"register#{partner.origin}"
        self.put("VALUE", 0)

    def _call(self, operation: str, **given: Any) -> Any:
        table = f"{settings().prefix}dreamspace"
        return aws.client("dynamodb")._make_api_call(operation, {"TableName": table, **given})

    def get(self, sk: str) -> int:
        key = {"pk": {"S": self.pk}, "sk": {"S": sk}}
        found = self._call("GetItem", Key=key, ConsistentRead=True).get("Item")
        return 0 if found is None else int(found["value"]["N"])

    def put(self, sk: str, value: int, **condition: Any) -> None:
        item = {"pk": {"S": self.pk}, "sk": {"S": sk}, "value": {"N": str(value)}}
        self._call("PutItem", Item=item, **condition)


def _add(register: _Register) -> int:
    """As a beginner would: read, look about, write."""
    value = register.get("VALUE") + 1
    for number in range(_OTHERS):
        register.get(f"OTHER {number}")
    register.put("VALUE", value)
    for number in range(_OTHERS):
        register.get(f"OTHER {number}")
    return value


def _add_safely(register: _Register) -> int:
    while True:
        value = register.get("VALUE")
        for number in range(_OTHERS):
            register.get(f"OTHER {number}")
        names, values = {"#v": "value"}, {":v": {"N": str(value)}}
        condition = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
        try:
            register.put("VALUE", value + 1, ConditionExpression="#v = :v", **condition)
        except ClientError:
            continue
        return value + 1


def _log_first(register: _Register) -> int:
    """Two writes that belong together, and nobody who finishes what was begun."""
    value = register.get("VALUE") + 1
    register.put("LOG", register.get("LOG") + 1)
    for number in range(_OTHERS):
        register.get(f"OTHER {number}")
    register.put("VALUE", value)
    return value


def _scene(add: Callable[[_Register], int]) -> Scene[_Register]:
    def make(platform: SharedPlatform) -> _Register:
        return _Register(platform.new_partner(collection=False))

    def look(register: _Register) -> Any:
        return [register.get("VALUE"), register.get("LOG")]

    return Scene(make, {"add": step(add, "register")}, look)


def _found(platform: SharedPlatform, add: Callable[[_Register], int], variant: Variant, *, every: bool) -> Any:
    with staged(platform, _scene(add), every_place=every) as stage:
        findings = list(stage.findings("add", "add", variant))
        return findings, stage.runs


@pytest.mark.parametrize("variant", [Variant.WARM, Variant.COLD, Variant.TWICE, Variant.LAGGING])
def test_a_lost_update_is_found_at_fewer_places(shared_platform: SharedPlatform, variant: Variant) -> None:
    every, all_places = _found(shared_platform, _add, variant, every=True)
    some, places = _found(shared_platform, _add, variant, every=False)
    assert {each.differences for each in some} == {each.differences for each in every} != set()
    assert places < all_places / 2


def test_a_safe_update_stands_in_both_forms(shared_platform: SharedPlatform) -> None:
    for every in (True, False):
        assert _found(shared_platform, _add_safely, Variant.WARM, every=every)[0] == []


def test_an_end_between_two_writes_is_found_at_fewer_places(shared_platform: SharedPlatform) -> None:
    every, all_places = _found(shared_platform, _log_first, Variant.KILLED, every=True)
    some, places = _found(shared_platform, _log_first, Variant.KILLED, every=False)
    assert {each.differences for each in some} == {each.differences for each in every} != set()
    assert places < all_places / 2
