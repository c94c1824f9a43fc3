"""The tables that the row classes describe, for those that create them: the local engines and the template."""

from collections.abc import Iterable, Iterator
from typing import Any

from pynamodb.attributes import TTLAttribute

from chalicelib.core.pynamo import connection_of, schema_of
from chalicelib.core.tables import Row


class TwoExpiries(Exception):
    """Rows of one table expire by different attributes, and DynamoDB takes only one; the message names them."""


def table_definitions(rows: Iterable[type[Row]]) -> list[dict[str, Any]]:
    """CreateTable arguments of the tables that the row classes describe, one a table.

    The local engines and the deployment template are both made from these.
    """
    definitions: dict[str, dict[str, Any]] = {}
    for row in rows:
        connection = connection_of(row)
        if connection.table_name in definitions:
            continue
        schema = schema_of(row)
        indexes = [
            {
                "IndexName": index["index_name"],
                "KeySchema": index["key_schema"],
                "Projection": index["projection"],
            }
            for index in schema["global_secondary_indexes"]
        ]
        definitions[connection.table_name] = {
            "TableName": connection.table_name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [
                {"AttributeName": entry["AttributeName"], "AttributeType": entry["AttributeType"]}
                for entry in schema["attribute_definitions"]
            ],
            "KeySchema": schema["key_schema"],
            **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        }
    return list(definitions.values())


def expiry_attributes(rows: Iterable[type[Row]]) -> dict[str, str]:
    """The attribute by which DynamoDB deletes expired rows, by table name, for the tables that have one.

    It is the rows' `TTLAttribute`. Raises `TwoExpiries`.
    """
    found: dict[str, str] = {}
    for row in rows:
        names = {
            attribute.attr_name
            for kind in _kinds(row)
            for attribute in kind.get_attributes().values()
            if isinstance(attribute, TTLAttribute)
        }
        if len(names) > 1:
            raise TwoExpiries(f"the table {row.table} has the expiry attributes {sorted(names)}; DynamoDB knows one")
        if names:
            found[connection_of(row).table_name] = names.pop()
    return found


def _kinds(row: type[Row]) -> Iterator[type[Row]]:
    yield row
    for kind in row.__subclasses__():
        yield from _kinds(kind)
