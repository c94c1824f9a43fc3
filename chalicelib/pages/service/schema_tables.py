"""JSON Schemas as tables of fields."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.core.schemas import PATTERN_WORDS

Document = Mapping[str, Any]
_DEEPEST = 4


class Row(NamedTuple):
    """A field or a parameter; `depth` counts the objects around it."""

    name: str
    depth: int
    type: str
    is_required: bool
    meaning: str
    limits: str


class Table(NamedTuple):
    """The fields of one variant of a body."""

    title: str
    meaning: str
    rows: list[Row]


def resolve(document: Document, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follows a `$ref`, and adds the keywords beside it."""
    while "$ref" in value:
        target: Any = document
        for part in str(value["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        value = {**target, **{name: each for name, each in value.items() if name != "$ref"}}
    return value


def tables(document: Document, schema: Mapping[str, Any]) -> list[Table]:
    """One table per object schema, including the items of arrays and the variants of unions."""
    resolved = resolve(document, schema)
    if "anyOf" in resolved:
        found = [table for each in resolved["anyOf"] for table in tables(document, each)]
        return [*found[:1], *(_added_fields(found[0], table) for table in found[1:])]
    if resolved.get("type") == "array" and "items" in resolved:
        return [
            Table(f"Array of {table.title}" if table.title else "Array of", table.meaning, table.rows)
            for table in tables(document, resolved["items"])
        ]
    title, rows = resolved.get("title", ""), list(_rows(document, resolved, 0))
    return [Table(title, resolved.get("description", ""), rows)] if rows or title else []


def _added_fields(first: Table, other: Table) -> Table:
    """Another variant of a body, with only the fields that the first one lacks."""
    return other._replace(rows=[row for row in other.rows if row not in first.rows])


def _rows(document: Document, schema: Mapping[str, Any], depth: int) -> Iterator[Row]:
    required = set(schema.get("required", ()))
    for name, written in schema.get("properties", {}).items():
        yield _row(document, name, written, depth, is_required=name in required)
        if depth < _DEEPEST:
            # Fields that the variants of an object share are listed once.
            yield from dict.fromkeys(
                row for inner in _objects(document, written) for row in _rows(document, inner, depth + 1)
            )


def _objects(document: Document, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The object schemas that a field may hold."""
    resolved = resolve(document, schema)
    if resolved.get("properties"):
        yield resolved
    elif "items" in resolved:
        yield from _objects(document, resolved["items"])
    elif "anyOf" in resolved:
        for each in resolved["anyOf"]:
            yield from _objects(document, each)


def _row(document: Document, name: str, written: Mapping[str, Any], depth: int, *, is_required: bool) -> Row:
    return Row(
        name=name,
        depth=depth,
        type=_type(document, written),
        is_required=is_required,
        meaning=resolve(document, written).get("description", ""),
        limits=limits(written),
    )


def parameter_row(document: Document, parameter: Mapping[str, Any]) -> Row:
    """A parameter of an address or a header."""
    written = {**parameter["schema"], "description": parameter["description"]}
    return _row(document, parameter["name"], written, 0, is_required=parameter["required"])


def _type(document: Document, schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(resolve(document, schema)["title"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(each) for each in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(document, each) for each in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"array of {_type(document, schema['items'])}" if schema.get("items") else "array"
    return str(schema.get("format") or schema.get("type") or "any")


# Lower bound, upper bound, and what is counted.
_BOUNDS = (("minLength", "maxLength", " characters"), ("minimum", "maximum", ""), ("minItems", "maxItems", " entries"))


def limits(schema: Mapping[str, Any]) -> str:
    """The limits of a value, from its schema and its variants."""
    found: list[str] = []
    for part in (schema, *schema.get("anyOf", ())):
        for lower, upper, what in _BOUNDS:
            if lower in part and upper in part:
                found.append(f"{part[lower]} to {part[upper]}{what}")
            elif lower in part:
                found.append(f"at least {part[lower]}{what}")
            elif upper in part:
                found.append(f"at most {part[upper]}{what}")
        if "maxProperties" in part:
            found.append(f"at most {part['maxProperties']} entries")
        if "pattern" in part:
            found.append(PATTERN_WORDS[part["pattern"]])
    return ", ".join(dict.fromkeys(found))
