"""PynamoDB's private parts: one client for all models, and models that are defined quickly.

PynamoDB makes a botocore client for each model class, at 55 ms each, and its metaclass looks twice through all names
that a class inherits, of which there are a hundred models at every start. Here all models use the process's one client
(`chalicelib.core.aws`), several model classes may describe the rows of one table, and the metaclass sees only
attributes and indexes. With another version of PynamoDB, models are plain models of PynamoDB with clients of their own.
"""

from typing import Any, ClassVar, Final

import pynamodb
from pynamodb.attributes import Attribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.connection.base import MetaTable
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


class _RowType(MetaModel):
    """PynamoDB's metaclass, which gives each class with a `table` its `Meta`, and is shown what concerns it alone."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if "table" in namespace and "Meta" not in namespace:
            namespace["Meta"] = type("Meta", (RowMeta,), {})
        return super().__new__(cls, name, bases, namespace, **options)  # type: ignore[no-untyped-call]  # MetaModel's

    def __dir__(cls) -> list[str]:
        if not _FITS:
            return list(super().__dir__())
        own = (Attribute, Index)
        return list({name for base in cls.__mro__ for name, value in vars(base).items() if isinstance(value, own)})


class SharedModel(Model, metaclass=_RowType):
    """A model of the table named `table`, without the stage's prefix."""

    table: ClassVar[str]

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


def connection_of(model: type[SharedModel] | SharedModel) -> TableConnection:
    """A table's connection, for a query whose items or position PynamoDB's own methods do not give."""
    return model._get_connection()


def schema_of(model: type[SharedModel]) -> dict[str, Any]:
    """A table's keys, attributes and indexes, as PynamoDB would create it."""
    return dict(model._get_schema())
