"""PynamoDB's private parts: one client for all models, and models that are defined, made and read quickly.

PynamoDB makes a botocore client for each model class, at 55 ms each, and its metaclass looks twice through all names
that a class inherits, of which there are a hundred models at every start. Here all models use the process's one client
(`chalicelib.core.aws`), several model classes may describe the rows of one table, and the metaclass sees only
attributes and indexes. A row's attributes are gone through by a plan that is made once a class, where PynamoDB asks
each of them each time what it is called and whether it has a default or is a map. With another version of PynamoDB,
models are plain models of PynamoDB with clients of their own; with `SPACEGARDEN_PLAIN_BOTOCORE=1` rows are made and
read in PynamoDB's own way.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Self

import pynamodb
from pynamodb.attributes import Attribute, ListAttribute, MapAttribute, NumberAttribute, UTCDateTimeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
from pynamodb.constants import NULL
from pynamodb.exceptions import AttributeDeserializationError, AttributeNullError
from pynamodb.indexes import Index
from pynamodb.models import MetaModel, Model

from chalicelib.core import aws
from chalicelib.core.fences import is_as_written_for
from chalicelib.core.settings import settings

WRITTEN_FOR: Final = "pynamodb 6.1"
_FITS: Final = is_as_written_for(WRITTEN_FOR, pynamodb.__version__)


class RowMeta:
    """What `class Meta` of every row inherits; the table's name is filled in when the settings are known."""

    table_name = "unnamed"
    billing_mode = "PAY_PER_REQUEST"


class _SharedConnection(Connection):
    """A PynamoDB connection over the process's one DynamoDB client, for every table."""

    @property
    def client(self) -> Any:
        return aws.client("dynamodb")

    def add_meta_table(self, meta_table: MetaTable) -> None:
        self._tables[meta_table.table_name] = meta_table


_shared: Final = _SharedConnection()


class _Plan:
    """What PynamoDB asks of a class's attributes for each row."""

    def __init__(self, attributes: dict[str, Attribute[Any]]) -> None:
        self.names = frozenset(attributes)
        # Those with a setter that changes the value, such as times to live.
        self.setters = {name for name, each in attributes.items() if type(each).__set__ is not Attribute.__set__}
        self.defaults = [(name, each.default) for name, each in attributes.items() if each.default is not None]
        # Stored name to own name, type and reader of the value; None where the value is taken as it is.
        self.read = {each.attr_name: (name, each.attr_type, _reader(each)) for name, each in attributes.items()}
        self.write = list(attributes.items())


def _plan_of(model: type[Model]) -> _Plan | None:
    """None where a class needs PynamoDB's own way: for maps, lists, a discriminator, or defaults of new rows alone."""
    attributes = model.get_attributes()
    container: Any = model
    if not _FITS or settings().plain_botocore or container._discriminator:
        return None
    for attribute in attributes.values():
        usual = type(attribute).get_value is Attribute.get_value and attribute.default_for_new is None
        if not usual or isinstance(attribute, ListAttribute | MapAttribute):
            return None
    return _Plan(attributes)


def _reader(attribute: Attribute[Any]) -> Callable[[Any], Any] | None:
    return None if type(attribute).deserialize is Attribute.deserialize else attribute.deserialize


class _RowType(MetaModel):
    """PynamoDB's metaclass, which gives each class with a `table` its `Meta`, and sees only attributes and indexes."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if "table" in namespace and "Meta" not in namespace:
            namespace["Meta"] = type("Meta", (RowMeta,), {})
        for own_name, value in namespace.items():
            if isinstance(value, Attribute):
                value.row_name = own_name  # type: ignore[attr-defined]
        return super().__new__(cls, name, bases, namespace, **options)  # type: ignore[no-untyped-call]  # MetaModel's

    def __dir__(cls) -> list[str]:
        if not _FITS:
            return list(super().__dir__())
        own = (Attribute, Index)
        return list({name for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, own)})


class SharedModel(Model, metaclass=_RowType):
    """A model of the table named `table`, without the stage's prefix."""

    table: ClassVar[str]
    _plan: ClassVar[_Plan | None]

    @classmethod
    def _planned(cls) -> _Plan | None:
        own = cls.__dict__
        if "_plan" not in own:
            cls._plan = _plan_of(cls)
        return own["_plan"]  # type: ignore[no-any-return]  # set just above

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        plan = self._planned()
        if plan is None:
            super()._set_defaults(_user_instantiated)
            return
        values, setters = self.attribute_values, plan.setters
        for name, default in plan.defaults:
            value = default() if callable(default) else default
            if value is None:
                continue
            if name in setters:
                setattr(self, name, value)
            else:
                values[name] = value

    def _set_attributes(self, **attributes: Any) -> None:
        plan = self._planned()
        if plan is None or not attributes.keys() <= plan.names:
            super()._set_attributes(**attributes)
            return
        self.attribute_values.update(attributes)
        for name in plan.setters & attributes.keys():
            setattr(self, name, attributes[name])

    def _container_serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        plan = self._planned()
        if plan is None:
            return super()._container_serialize(null_check)
        found: dict[str, dict[str, Any]] = {}
        for name, attribute in plan.write:
            value = self.attribute_values.get(name)
            written = None if value is None else attribute.serialize(value)
            if written is not None:
                found[attribute.attr_path[-1]] = {attribute.attr_type: written}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return found

    @classmethod
    def _instantiate(cls, attribute_values: dict[str, dict[str, Any]]) -> Self:
        plan = cls._planned()
        if plan is None:
            return super()._instantiate(attribute_values)
        row = cls.__new__(cls)
        row.attribute_values = found = {}
        row._set_defaults(_user_instantiated=False)
        for stored_name, typed in attribute_values.items():
            if stored_name in plan.read and typed and NULL not in typed:
                name, kind, read = plan.read[stored_name]
                if kind not in typed:
                    raise AttributeDeserializationError(stored_name, kind)
                found[name] = typed[kind] if read is None else read(typed[kind])
        for name in plan.setters & found.keys():
            setattr(row, name, found[name])
        return row

    @classmethod
    def _get_connection(cls) -> TableConnection:
        if cls.__dict__.get("_connection") is None:
            cls.Meta.table_name = settings().prefix + cls.table
            connection = super()._get_connection()
            if _FITS:
                _shared.add_meta_table(connection.get_meta_table())
                connection.connection = _shared
            cls._connection = connection
        return cls.__dict__["_connection"]  # type: ignore[no-any-return]  # set just above


def _value_of(self: Any, instance: Any, owner: Any) -> Any:
    # PynamoDB's own, without asking each time what the attribute is called and whether the instance is a map.
    if instance is None:
        return self
    try:
        return instance.attribute_values.get(self.row_name)
    except AttributeError:  # the instance is a map
        return _look_up(self, instance, owner)


def _set_value(self: Any, instance: Any, value: Any) -> None:
    try:
        instance.attribute_values[self.row_name] = value
    except AttributeError:
        _put(self, instance, value)


def _number_of(self: NumberAttribute, text: str) -> Any:
    # PynamoDB's own way is to parse each number as JSON, and to write it so.
    return int(text) if text.isdecimal() and text.isascii() and text[0] != "0" else _read_number(self, text)


def _text_of(self: NumberAttribute, number: Any) -> Any:
    return str(number) if type(number) is int else _write_number(self, number)


def _written_time(self: UTCDateTimeAttribute, moment: datetime) -> Any:
    # PynamoDB's own way is the system's `strftime`, and to read the parts of the text one by one.
    if moment.tzinfo is not UTC:
        return _write_time(self, moment)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "+0000")


def _read_time(self: UTCDateTimeAttribute, text: str) -> Any:
    is_usual = len(text) == _TIME_LENGTH and text.endswith("+0000") and text[10] == "T"
    return datetime.fromisoformat(text) if is_usual else _parse_time(self, text)  # noqa: TID251  # a row wrote it


_TIME_LENGTH: Final = len("2026-12-01T00:00:00.000000+0000")
_look_up: Final = Attribute.__get__
_put: Final = Attribute.__set__
_read_number: Any = NumberAttribute.deserialize
_write_number: Any = NumberAttribute.serialize
_parse_time: Any = UTCDateTimeAttribute.deserialize
_write_time: Any = UTCDateTimeAttribute.serialize
if _FITS:
    Attribute.__get__ = _value_of  # type: ignore[method-assign]
    Attribute.__set__ = _set_value  # type: ignore[method-assign]
    NumberAttribute.deserialize = _number_of  # type: ignore[method-assign]
    NumberAttribute.serialize = _text_of  # type: ignore[method-assign]
    UTCDateTimeAttribute.deserialize = _read_time  # type: ignore[method-assign]
    UTCDateTimeAttribute.serialize = _written_time  # type: ignore[method-assign]


def connection_of(model: type[SharedModel] | SharedModel) -> TableConnection:
    """A table's connection, for a query whose items or position PynamoDB's own methods do not give."""
    return model._get_connection()


def schema_of(model: type[SharedModel]) -> dict[str, Any]:
    """A table's keys, attributes and indexes, as PynamoDB would create it."""
    return dict(model._get_schema())
