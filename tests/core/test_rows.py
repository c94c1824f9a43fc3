"""Rows are made, written and read by a plan, with the outcome that PynamoDB's own way has."""

import pkgutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

import chalicelib
from chalicelib import inventory
from chalicelib.core import pynamo
from chalicelib.core.settings import settings
from chalicelib.core.tables import Bytes, JsonText, Row, WholeNumber

Kind = type[Row]
_AT = datetime(2026, 11, 30, 12, 30, 15, 250_000, UTC)
# Values of each type of attribute; the first is any, the others are where a short way may go wrong.
_VALUES: dict[type[Attribute[Any]], list[Any]] = {
    UnicodeAttribute: ["é", ""],
    NumberAttribute: [3, 0, -7, 2.5, 10**30, 1e-7],
    WholeNumber: [7, -1],
    BooleanAttribute: [True, False],
    JsonText: [{"a": [1, None]}, [], "text"],
    Bytes: [b"\x00\xff"],
    UTCDateTimeAttribute: [_AT],
    TTLAttribute: [_AT.replace(microsecond=0)],
    ListAttribute: [["text"]],
}


def _kinds(kind: Kind) -> Iterator[Kind]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


for _module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    if ".models" in _module.name:
        import_module(_module.name)
KINDS = [kind for row in inventory.rows() for kind in _kinds(row)]


def _values_of(attribute: Attribute[Any]) -> list[Any]:
    return next((values for kind, values in _VALUES.items() if isinstance(attribute, kind)), ["text"])


def _full(kind: Kind) -> dict[str, Any]:
    return {name: _values_of(attribute)[0] for name, attribute in kind.get_attributes().items()}


def _bodies(kind: Kind) -> Iterator[dict[str, Any]]:
    """A full row, and that with each attribute once absent and once of each other value."""
    full = _full(kind)
    yield full
    for name, attribute in kind.get_attributes().items():
        yield {**full, name: None}
        yield {other: value for other, value in full.items() if other != name}
        for value in _values_of(attribute)[1:]:
            yield {**full, name: value}
    yield {**full, "no_such_attribute": 1}


def _stored(kind: Kind) -> Iterator[dict[str, Any]]:
    """What a table may hold, and what it never should."""
    full = kind(**_full(kind))._container_serialize()
    yield full
    yield {}
    yield {**full, "unknown": {"S": "x"}}
    for name, typed in full.items():
        yield {**full, name: {"NULL": True}}
        yield {**full, name: {}}
        yield {other: value for other, value in full.items() if other != name}
        yield {**full, name: {"L": []}}
        if "N" in typed:
            for text in ("-12", "1.5", "0", "1E+3", "12345678901234567890", "007", "", "x"):
                yield {**full, name: {"N": text}}


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except Exception as error:  # whatever it is, it must be the same
        return type(error), str(error)


def _written(kind: Kind, body: dict[str, Any]) -> Any:
    row = kind(**body)
    return (
        row.attribute_values,
        {name: getattr(row, name) for name in kind.get_attributes()},
        row._container_serialize(),
    )


def _read(kind: Kind, stored: dict[str, Any]) -> Any:
    return _shown(kind.from_raw_data(stored))


def _shown(row: Row) -> Any:
    return type(row), row.attribute_values, {name: getattr(row, name) for name in row.get_attributes()}


def _all(kind: Kind) -> list[Any]:
    made = [_outcome(partial(_written, kind, body)) for body in _bodies(kind)]
    return [*made, *(_outcome(partial(_read, kind, stored)) for stored in _stored(kind))]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__.split('.')[1]}-{kind.__name__}")
def test_rows_are_as_pynamodb_makes_them(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = any(isinstance(attribute, ListAttribute) for attribute in kind.get_attributes().values())
    assert (kind._planned() is None) is (lists or settings().plain_botocore)
    by_plan = _all(kind)
    monkeypatch.setattr(Row, "_planned", classmethod(lambda _: None))
    monkeypatch.setattr(Attribute, "__get__", pynamo._look_up)
    monkeypatch.setattr(NumberAttribute, "deserialize", pynamo._read_number)
    monkeypatch.setattr(NumberAttribute, "serialize", pynamo._write_number)
    assert _all(kind) == by_plan
