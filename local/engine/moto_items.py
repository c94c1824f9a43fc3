"""Makes items of the embedded engine cheap to store and to read.

moto measures a whole item again for each attribute that is added to it, and asks six providers of aliases for each of
the ten fields that a value could have, to find the one that it has: nearly half the time of a call.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict

_MOST_BYTES = 405_000  # where moto itself draws the line
_VALUE = "AttributeValue"


def make_items_cheap() -> None:
    """Measures each item once, and reads its values directly."""
    _measure_once()
    _serialize_values_directly()


def _measure_once() -> None:
    def make(self: Item, hash_key: DynamoType, range_key: DynamoType | None, attrs: dict[str, Any]) -> None:
        self.hash_key, self.range_key = hash_key, range_key
        self.attrs = LimitedSizeDict()
        for name, value in attrs.items():
            dict.__setitem__(self.attrs, name, DynamoType(value))
        if self.size() > _MOST_BYTES:
            raise ItemSizeTooLarge

    Item.__init__ = make


def _serialize_values_directly() -> None:
    serialize = BaseJSONSerializer._serialize_type_structure

    @wraps(serialize)
    def serialize_value(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if key and shape.name == _VALUE and type(value) is dict:
            serialized[key] = _serialized_value(value)
        else:
            serialize(self, serialized, value, shape, key)

    BaseJSONSerializer._serialize_type_structure = serialize_value


def _serialized_value(value: dict[str, Any]) -> dict[str, Any]:
    [(kind, content)] = value.items()
    return {kind: _SERIALIZERS[kind](content)}


def _in_base64(content: str | bytes) -> str:
    return b64encode(content.encode() if isinstance(content, str) else content).decode()


def _each(serialize: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    return lambda contents: [serialize(each) for each in contents]


_SERIALIZERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": str,
    "B": _in_base64,
    "SS": _each(str),
    "NS": _each(str),
    "BS": _each(_in_base64),
    "BOOL": bool,
    "NULL": bool,
    "L": _each(_serialized_value),
    "M": lambda fields: {name: _serialized_value(each) for name, each in fields.items()},
}
