"""Makes items of the embedded engine cheap to store and to read.

moto measures a whole item again for each attribute that is added to it and each time it is read, and to find which of
ten fields a value has, asks six providers of aliases for each.
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
_SIZE = "_bytes"


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

    def size_once(self: Item) -> int:
        # An item is measured where it is stored, and changes nowhere else.
        size: int | None = self.__dict__.get(_SIZE)
        if size is None:
            size = self.__dict__[_SIZE] = measure(self)
        return size

    measure = Item.size
    Item.__init__ = make
    Item.size = size_once


def measure_again(item: Item) -> None:
    """Forgets the size of an item that has changed."""
    item.__dict__.pop(_SIZE, None)


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
