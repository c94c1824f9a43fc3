"""The base of every table module: keys, kinds of values, rows and indexes, and the ways to read and change rows."""

import json
import random
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.constants import BINARY, COUNT, NUMBER, STRING
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection, Projection

from chalicelib.core import aws
from chalicelib.core.pagination import Page
from chalicelib.core.pynamo import SharedModel, connection_of
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.windows import Window

SEPARATOR = "#"
BATCH_GET_LIMIT = 100
_BATCH_ATTEMPTS = 6
_FAILED_CONDITION, _IN_HAND = "ConditionalCheckFailedException", "TransactionConflictException"
OTHERS_WERE_FIRST = frozenset({_FAILED_CONDITION, _IN_HAND})


class TableBusy(Exception):
    """DynamoDB left part of a batch unprocessed through every retry."""


def key(*parts: str | int) -> str:
    """Joins the parts of a key so that no two lists of parts give one key: `#` and `%` inside a part are escaped."""
    return SEPARATOR.join(str(part).replace("%", "%25").replace(SEPARATOR, "%23") for part in parts)


def parts(text: str) -> list[str]:
    """The parts of a key that `key` made."""
    return [part.replace("%23", SEPARATOR).replace("%25", "%") for part in text.split(SEPARATOR)]


class JsonText(Attribute[Any]):
    """A free-form JSON value, stored as compact UTF-8 text."""

    attr_type = STRING

    def serialize(self, value: Any) -> str | None:
        """The value as JSON text; None stays absent."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def deserialize(self, value: str) -> Any:
        """The value again."""
        return json.loads(value)


class Bytes(Attribute[bytes]):
    """Bytes as they are."""

    attr_type = BINARY

    def serialize(self, value: bytes) -> bytes:
        """The same bytes; the client encodes Base64."""
        return value

    def deserialize(self, value: bytes | str) -> bytes:
        """The bytes again; what `core.items` reads is still Base64."""
        return b64decode(value) if isinstance(value, str) else value


class WholeNumber(Attribute[int]):
    """A number without a fraction, which is an `int` for type checkers too."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """In decimal."""
        return str(value)

    def deserialize(self, value: str) -> int:
        """The number again."""
        return int(value)


class Row(SharedModel):
    """A row of a table with the key names `pk` and `sk`.

    A table's module derives one class with the table's name and its indexes, and from that one class for each kind of
    row.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


def index(name: str, *, holds: Sequence[str] | None = None, **keys: type[Attribute[Any]]) -> GlobalSecondaryIndex[Any]:
    """A secondary index of a table's rows, which holds their keys, and every attribute or those that `holds` names.

    `keys` are the types of its hash key and of its range key, in that order, by the attributes' names.
    """
    projection: Projection = AllProjection()
    if holds is not None:
        projection = IncludeProjection(list(holds)) if holds else KeysOnlyProjection()
    (hash_name, hash_type), (range_name, range_type) = keys.items()
    described = {
        "Meta": type("Meta", (), {"index_name": name, "projection": projection}),
        hash_name: hash_type(hash_key=True),
        range_name: range_type(range_key=True),
    }
    made: GlobalSecondaryIndex[Any] = type("SecondaryIndex", (GlobalSecondaryIndex,), described)()
    return made


R = TypeVar("R", bound=Row)
Address = tuple[type[Row], str, str]


def has_expired(ttl: datetime | None, at: datetime) -> bool:
    """Whether a row with this expiry counts as gone, though DynamoDB may have it still; never without one."""
    return ttl is not None and ttl <= at


def read_batch(
    addresses: Sequence[Address], *, consistent: bool = True, but_strongly: type[Row] | None = None
) -> list[Row | None]:
    """Reads up to 100 rows, of any tables, in one request; the answer is in the order asked, None where absent.

    With `consistent` all are read strongly consistent, else only those of the table of `but_strongly`. Unprocessed keys
    are asked for again with growing pauses; raises `TableBusy` if some remain.
    """
    if not addresses:
        return []
    wanted = {(connection_of(model).table_name, pk, sk): model for model, pk, sk in addresses}
    request: dict[str, Any] = {}
    strong = None if but_strongly is None else connection_of(but_strongly).table_name
    for table, pk, sk in wanted:
        entry = request.setdefault(table, {"Keys": [], "ConsistentRead": consistent or table == strong})
        entry["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for attempt in range(_BATCH_ATTEMPTS):
        answer = aws.client("dynamodb").batch_get_item(RequestItems=request)
        for table, items in answer["Responses"].items():
            for item in items:
                found[table, item["pk"]["S"], item["sk"]["S"]] = item
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            break
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    else:
        raise TableBusy("DynamoDB kept leaving keys of a batch unprocessed")
    return [_from_raw(model, found.get((connection_of(model).table_name, pk, sk))) for model, pk, sk in addresses]


def read_batches(addresses: Sequence[Address]) -> list[Row | None]:
    """Reads any number of rows strongly consistent, a hundred to a request, side by side; answers as `read_batch`."""
    pages = [addresses[at : at + BATCH_GET_LIMIT] for at in range(0, len(addresses), BATCH_GET_LIMIT)]
    return [row for rows in side_by_side([partial(read_batch, page) for page in pages]) for row in rows]


def _from_raw(model: type[R], raw: dict[str, Any] | None) -> R | None:
    return None if raw is None else model.from_raw_data(raw)


def find(model: type[R], pk: str, sk: str, *, consistent: bool = True) -> R | None:
    """One row by its whole key in one request, or None."""
    raw = connection_of(model).get_item(pk, range_key=sk, consistent_read=consistent)
    item = raw.get("Item") if raw else None
    return _from_raw(model, item)


def read_page(
    model: type[R], partition: str, window: Window, *, sort: UnicodeAttribute, index: str | None = None
) -> Page[R]:
    """The window's items, newest first, in one request; `has_more` is about the direction walked.

    A page may be short of its limit where 1 MB of rows is reached before.
    """
    lowest, highest = window.bounds
    if lowest > highest:
        return Page([], False)
    upwards = window.before is not None
    answer: dict[str, Any] = connection_of(model).query(
        partition,
        range_key_condition=sort.between(lowest, highest),
        index_name=index,
        limit=window.limit + 1,
        scan_index_forward=upwards,
        consistent_read=index is None,
    )
    rows = [model.from_raw_data(item) for item in answer["Items"]]
    has_more = len(rows) > window.limit or "LastEvaluatedKey" in answer
    rows = rows[: window.limit]
    return Page(rows[::-1] if upwards else rows, has_more)


def read_matching(
    model: type[R],
    partition: str,
    window: Window,
    condition: Condition | None,
    *,
    sort: UnicodeAttribute,
    looks_at: int,
) -> tuple[list[R], str | None]:
    """The window's items that meet a condition, newest first, in one request that reads at most `looks_at`.

    The second value is the sort key after which more may follow; None at the end of the list.
    """
    lowest, highest = window.bounds
    if lowest > highest:
        return [], None
    answer: dict[str, Any] = connection_of(model).query(
        partition,
        range_key_condition=sort.between(lowest, highest),
        filter_condition=condition,
        limit=looks_at,
        scan_index_forward=False,
        consistent_read=True,
    )
    rows = [model.from_raw_data(item) for item in answer["Items"]]
    if len(rows) > window.limit:
        return rows[: window.limit], rows[window.limit - 1].sk
    last = answer.get("LastEvaluatedKey")
    return rows, None if last is None else last["sk"]["S"]


def highest_sort_keys(model: type[Row], pk: str, condition: Condition, *, limit: int) -> list[str]:
    """The `limit` highest sort keys that meet `condition`, highest first, strongly consistent; sends nothing else."""
    found: list[str] = []
    position = None
    while len(found) < limit:
        answer = connection_of(model).query(
            pk,
            range_key_condition=condition,
            attributes_to_get=["sk"],
            consistent_read=True,
            exclusive_start_key=position,
            limit=limit - len(found),
            scan_index_forward=False,
        )
        found += [item["sk"]["S"] for item in answer["Items"]]
        position = answer.get("LastEvaluatedKey")
        if position is None:
            break
    return found


def count_rows(model: type[Row], pk: str, condition: Condition) -> int:
    """How many rows meet `condition`, strongly consistent. DynamoDB reads them all, and sends none."""
    total, position = 0, None
    while True:
        answer = connection_of(model).query(
            pk, range_key_condition=condition, consistent_read=True, exclusive_start_key=position, select=COUNT
        )
        total += answer["Count"]
        position = answer.get("LastEvaluatedKey")
        if position is None:
            return int(total)


def read_collection(
    table: type[Row],
    pk: str,
    condition: Condition | None = None,
    *,
    kind_of: Callable[[str], type[Row] | None],
    newest_first: bool = False,
    limit: int | None = None,
) -> Iterator[Row]:
    """Rows of several kinds that lie under one key, in order of `sk`, strongly consistent; read page by page.

    `kind_of` gives the class of a row by its `sk`, None for a row to skip. With `limit` one request reads no more.
    """
    connection = connection_of(table)
    position = None
    while True:
        answer = connection.query(
            pk,
            range_key_condition=condition,
            consistent_read=True,
            exclusive_start_key=position,
            limit=limit,
            scan_index_forward=not newest_first,
        )
        for item in answer["Items"]:
            kind = kind_of(item["sk"]["S"])
            if kind is not None:
                yield kind.from_raw_data(item)
        position = answer.get("LastEvaluatedKey")
        if position is None or limit is not None:
            return


def as_read(row: Row, *names: str) -> Condition:
    """Holds while the row is there and these attributes are what `row` has now, absent ones included.

    A transaction with this condition may write what was derived from them. Make it before `row` is changed in memory.
    An attribute that equals its default may be absent, as in rows that are older than the attribute.
    """
    condition: Condition = type(row).pk.exists()
    for name in names:
        attribute, value = getattr(type(row), name), getattr(row, name)
        if value is None:
            condition &= attribute.does_not_exist()
            continue
        default = attribute.default() if callable(attribute.default) else attribute.default
        same = attribute == value
        condition &= same | attribute.does_not_exist() if value == default else same
    return condition


def update_if(row: Row, actions: Sequence[Action], condition: Condition) -> bool:
    """Changes a row; False where the condition does not hold, or a transaction has the row in hand just now."""
    try:
        row.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if error.cause_response_code in OTHERS_WERE_FIRST:
            return False
        raise
    return True


def update_as_written(
    model: type[SharedModel],
    pk: str,
    sk: str,
    update: str,
    *,
    condition: str | None = None,
    values: Mapping[str, Any],
    names: Mapping[str, str],
    wants_row: bool = False,
) -> dict[str, Any] | None:
    """Changes a row by expressions that are written out. None where the condition does not hold.

    Else it gives the raw attributes after the change with `wants_row`, and `{}` without. For what is done very often:
    PynamoDB takes as long to put an expression together as the request costs. `values` are raw, by name without the
    colon; `names` are attributes that are reserved words, by placeholder.
    """
    client = aws.client("dynamodb")
    demanded = {} if condition is None else {"ConditionExpression": condition}
    try:
        answer = client.update_item(
            TableName=connection_of(model).table_name,
            Key={"pk": {"S": pk}, "sk": {"S": sk}},
            UpdateExpression=update,
            **demanded,
            ExpressionAttributeNames=dict(names),
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
            ReturnValues="ALL_NEW" if wants_row else "NONE",
        )
    except client.exceptions.ConditionalCheckFailedException:
        return None
    return dict(answer.get("Attributes", {}))


def update_when_free(row: Row, actions: Sequence[Action], condition: Condition, *, what: str) -> bool:
    """Changes a row; False where the condition does not hold. A transaction that has the row in hand is waited for."""

    def once() -> bool:
        try:
            row.update(actions=list(actions), condition=condition)
        except UpdateError as error:
            if error.cause_response_code == _IN_HAND:
                raise RowChanged from error  # or is about to: a transaction has the row in hand
            if error.cause_response_code == _FAILED_CONDITION:
                return False
            raise
        return True

    return until_unchanged(what, once)


def assign(row: Row, changes: Mapping[str, Any]) -> list[Action]:
    """Sets attributes on the row in memory and gives the update actions that do the same in the table."""
    actions = []
    for name, value in changes.items():
        setattr(row, name, value)
        attribute = getattr(type(row), name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions
