"""Fewer places are tried than there are, and a fault is found all the same."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.engine import Variant, staged
from tests.faults.interleavings.rewinding import can_rewind
from tests.faults.interleavings.scene import Scene, step
from tests.faults.interleavings.scenes import all_scenes
from tests.platform import Partner

pytestmark = pytest.mark.skipif(not can_rewind(), reason="only the embedded engine tells of each item")
_OTHERS = 4
_OF_PARTITION = {"KeyConditionExpression": "pk = :pk AND begins_with(sk, :from)", "ConsistentRead": True}
_OF_INDEX = {"KeyConditionExpression": "list_key = :pk AND begins_with(id_key, :from)", "IndexName": "listed"}


class _Register:
    """A number in storage, and rows beside it that nobody changes."""

    def __init__(self, partner: Partner) -> None:
        self.pk = f"register#{partner.origin}"
        self.table = f"{settings().prefix}dreamspace"
        self.put("VALUE", 0)

    def call(self, operation: str, **given: Any) -> Any:
        return aws.client("dynamodb")._make_api_call(operation, given)

    def _call(self, operation: str, **given: Any) -> Any:
        return self.call(operation, TableName=self.table, **given)

    def change(self, sk: str, **given: Any) -> None:
        key = {"pk": {"S": self.pk}, "sk": {"S": sk}}
        self._call("UpdateItem", Key=key, ExpressionAttributeNames={"#v": "value"}, **given)

    def count(self, **asked: Any) -> int:
        """How many rows a query of this pk, or of this key of an index, finds from ROW on."""
        values = {":pk": {"S": self.pk}, ":from": {"S": "ROW"}}
        return int(self._call("Query", ExpressionAttributeValues=values, **asked)["Count"])

    def get(self, sk: str) -> int:
        key = {"pk": {"S": self.pk}, "sk": {"S": sk}}
        found = self._call("GetItem", Key=key, ConsistentRead=True).get("Item")
        return 0 if found is None else int(found["value"]["N"])

    def put(self, sk: str, value: int, *, condition: Mapping[str, Any] = MappingProxyType({}), **fields: Any) -> None:
        item = {"pk": {"S": self.pk}, "sk": {"S": sk}, "value": {"N": str(value)}, **fields}
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
        condition = {"ConditionExpression": "#v = :v", "ExpressionAttributeNames": names}
        try:
            register.put("VALUE", value + 1, condition={**condition, "ExpressionAttributeValues": values})
        except ClientError:
            continue
        return value + 1


def _add_in_batches(register: _Register) -> int:
    """As `_add`, by a batch and a transaction."""
    key = {"pk": {"S": register.pk}, "sk": {"S": "VALUE"}}
    asked = {register.table: {"Keys": [key], "ConsistentRead": True}}
    [item] = register.call("BatchGetItem", RequestItems=asked)["Responses"][register.table]
    value = int(item["value"]["N"]) + 1
    put = {"TableName": register.table, "Item": {**key, "value": {"N": str(value)}}}
    register.call("TransactWriteItems", TransactItems=[{"Put": put}])
    return value


def _add_blindly(register: _Register) -> None:
    """Right in any order: the engine adds, and nobody is told the sum."""
    register.change("VALUE", UpdateExpression="ADD #v :one", ExpressionAttributeValues={":one": {"N": "1"}})


def _place_if_free(name: str, **asked: Any) -> Callable[[_Register], int]:
    """A row of its own where no row is yet: no two write the same one."""

    def place(register: _Register) -> int:
        found = register.count(**asked)
        if not found:
            register.put(name, 1, **{"list_key": {"S": register.pk}, "id_key": {"S": name}})
        return found

    return place


def _log_first(register: _Register) -> int:
    """Two writes that belong together, and nobody who finishes what was begun."""
    value = register.get("VALUE") + 1
    register.put("LOG", register.get("LOG") + 1)
    for number in range(_OTHERS):
        register.get(f"OTHER {number}")
    register.put("VALUE", value)
    return value


def _make(platform: SharedPlatform) -> _Register:
    return _Register(platform.new_partner(collection=False))


def _scene(add: Callable[[_Register], Any]) -> Scene[_Register]:
    def look(register: _Register) -> Any:
        return [register.get("VALUE"), register.get("LOG")]

    return Scene(_make, {"add": step(add, "register")}, look)


def _found(platform: SharedPlatform, add: Callable[[_Register], Any], variant: Variant, *, every: bool) -> Any:
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


def test_a_lost_update_is_found_whatever_requests_it_is_made_of(shared_platform: SharedPlatform) -> None:
    for every in (True, False):
        assert _found(shared_platform, _add_in_batches, Variant.COLD, every=every)[0]


@pytest.mark.parametrize("variant", list(Variant))
def test_what_is_written_again_has_its_effect_again(shared_platform: SharedPlatform, variant: Variant) -> None:
    for every in (True, False):
        assert _found(shared_platform, _add_blindly, variant, every=every)[0] == []


@pytest.mark.parametrize("asked", [_OF_PARTITION, _OF_INDEX], ids=["partition", "index"])
@pytest.mark.parametrize("variant", [Variant.WARM, Variant.TWICE])
def test_two_are_found_that_write_other_rows_after_the_same_question(
    shared_platform: SharedPlatform, variant: Variant, asked: dict[str, Any]
) -> None:
    def look(register: _Register) -> Any:
        return [register.get("ROW 1"), register.get("ROW 2")]

    steps = {name: step(_place_if_free(name, **asked), "rows") for name in ("ROW 1", "ROW 2")}
    scene = Scene(_make, steps, look)
    found = []
    for every in (True, False):
        with staged(shared_platform, scene, every_place=every) as stage:
            found.append({each.differences for each in stage.findings("ROW 1", "ROW 2", variant)})
    assert found[0] == found[1] != set()


def test_a_state_that_an_order_gives_is_not_looked_at(shared_platform: SharedPlatform) -> None:
    """As with the ids that calls make, and with what they encrypt and find in their memories."""
    with staged(shared_platform, all_scenes()["dreamspace"], every_place=False) as stage:
        for first, second in (("doc metadata", "user name"), ("event inline", "stamp add")):
            for variant in (Variant.WARM, Variant.COLD):
                assert not list(stage.findings(first, second, variant))
        assert stage.runs > 0
        assert stage.looks == 0


def test_an_end_between_two_writes_is_found_at_fewer_places(shared_platform: SharedPlatform) -> None:
    every, all_places = _found(shared_platform, _log_first, Variant.KILLED, every=True)
    some, places = _found(shared_platform, _log_first, Variant.KILLED, every=False)
    assert {each.differences for each in some} == {each.differences for each in every} != set()
    assert places < all_places / 2
