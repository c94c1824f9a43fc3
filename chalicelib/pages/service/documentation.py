"""The API reference as pages show it: what can be called, and each operation with its fields, answers and curl line.

OperationUnknown     the reference has no operation of this name
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.core.reference import FORM, JSON

Document = Mapping[str, Any]
_DEEPEST = 4
_PLACES = {"path": "Path", "query": "Query", "header": "Header"}
_PHRASES = {
    "200": "OK",
    "400": "Bad request",
    "401": "Unauthorized",
    "403": "Forbidden",
    "404": "Not found",
    "405": "Method not allowed",
    "409": "Conflict",
    "410": "Gone",
    "413": "Too large",
    "422": "Unprocessable",
    "429": "Too many requests",
    "500": "Our fault",
    "503": "Unavailable",
}


class OperationUnknown(LookupError):
    """The reference has no operation of this name."""


@dataclass(frozen=True)
class Entry:
    """An operation in a list."""

    id: str
    method: str
    path: str
    summary: str


@dataclass(frozen=True)
class Group:
    """The operations of one tag."""

    name: str
    anchor: str
    description: str
    entries: list[Entry]


@dataclass(frozen=True)
class Row:
    """A field or a parameter; `depth` counts the objects that it lies in."""

    name: str
    depth: int
    type: str
    is_required: bool
    meaning: str
    limits: str


@dataclass(frozen=True)
class Table:
    """The fields of one form that a body may have."""

    title: str
    meaning: str
    rows: list[Row]


@dataclass(frozen=True)
class Answer:
    """A status with what comes along."""

    status: str
    phrase: str
    meaning: str
    media_type: str
    tables: list[Table]
    examples: list[tuple[str, str]]


@dataclass(frozen=True)
class Input:
    """A field of the form that tries an operation out."""

    name: str
    place: str
    value: str
    hint: str
    is_required: bool


@dataclass(frozen=True)
class Credential:
    """A way to say who calls: the header, and what stands before what is typed."""

    name: str
    label: str
    header: str
    prefix: str
    hint: str
    scopes: str


@dataclass(frozen=True)
class Shown:
    """One operation. `url` is where it is called, None for a webhook that we send."""

    entry: Entry
    group: Group
    description: str
    parameters: list[tuple[str, list[Row]]]
    body: list[Table]
    media_types: list[str]
    sends: str
    answers: list[Answer]
    curl: str
    inputs: list[Input]
    credentials: list[Credential]
    is_public: bool
    url: str | None = None
    neighbours: list[Entry] = field(default_factory=list)


def groups(document: Document) -> list[Group]:
    """Every operation by its tag; the webhooks that we send come last."""
    found: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for entry, operation in _entries(document["paths"]):
        found[operation["tags"][0]].append(entry)
    made = [
        Group(tag["name"], _anchor(tag["name"]), tag["description"], found[tag["name"]]) for tag in document["tags"]
    ]
    return [*made, _sent(document)]


def shown(document: Document, name: str, *, url: str) -> Shown:
    """One operation, called at `url`. Raises `OperationUnknown`."""
    for entry, operation in _entries(document["paths"]):
        if entry.id == name:
            group = next(each for each in groups(document) if each.name == operation["tags"][0])
            return _shown(document, entry, operation, group, url=url)
    for entry, operation in _entries(document["webhooks"]):
        if entry.id == name:
            return _shown(document, entry, operation, _sent(document), url=None)
    raise OperationUnknown(name)


def _sent(document: Document) -> Group:
    return Group(
        "Webhooks that we send",
        "sent",
        "POST requests to a partner's endpoints, signed by Standard Webhooks. How to verify them stands above.",
        [entry for entry, _ in _entries(document["webhooks"])],
    )


def _entries(paths: Mapping[str, Any]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield Entry(operation["operationId"], method.upper(), path, operation["summary"]), operation


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _shown(document: Document, entry: Entry, operation: Mapping[str, Any], group: Group, *, url: str | None) -> Shown:
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    media_types = list(content)
    sent: Mapping[str, Any] = next(iter(content.values()), {})
    sends = _example_text(media_types[0], sent["example"]) if sent else ""
    credentials = [each for each in _credentials(document, operation["security"]) if url is not None]
    return Shown(
        entry=entry,
        group=group,
        description=operation.get("description", ""),
        parameters=[
            (title, rows)
            for place, title in _PLACES.items()
            if (rows := [_parameter(document, each) for each in parameters if each["in"] == place])
        ],
        body=_tables(document, sent["schema"]) if sent else [],
        media_types=media_types,
        sends=sends,
        answers=[_answer(document, status, each) for status, each in operation["responses"].items()],
        curl="" if url is None else _curl(entry, url, parameters, media_types, sends, credentials),
        inputs=[_input(each) for each in parameters],
        credentials=credentials,
        is_public=not operation["security"] or {} in operation["security"],
        url=url,
        neighbours=group.entries,
    )


def _answer(document: Document, status: str, response: Mapping[str, Any]) -> Answer:
    response = _resolved(document, response)
    contents: Mapping[str, Mapping[str, Any]] = response.get("content", {})
    media_type = next(iter(contents), "")
    content = contents.get(media_type, {})
    examples = {"": {"value": content["example"]}} if "example" in content else content.get("examples", {})
    return Answer(
        status=status,
        phrase=_PHRASES.get(status, ""),
        meaning=response["description"],
        media_type=media_type.partition(";")[0],
        tables=_tables(document, content["schema"]) if content and status < "4" else [],
        examples=[(name, _example_text(media_type, each["value"])) for name, each in examples.items()],
    )


def _example_text(media_type: str, value: Any) -> str:
    if media_type == FORM:
        return urlencode(value)
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _resolved(document: Document, value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference stands for, with what is said beside it."""
    while "$ref" in value:
        target: Any = document
        for part in str(value["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        value = {**target, **{name: each for name, each in value.items() if name != "$ref"}}
    return value


def _tables(document: Document, schema: Mapping[str, Any]) -> list[Table]:
    """A table for each object that the schema may be, or holds an array of."""
    resolved = _resolved(document, schema)
    if "anyOf" in resolved:
        found = [table for each in resolved["anyOf"] for table in _tables(document, each)]
        return [*found[:1], *(_beside(found[0], table) for table in found[1:])]
    if resolved.get("type") == "array" and "items" in resolved:
        return [
            Table(f"Array of {table.title}" if table.title else "Array of", table.meaning, table.rows)
            for table in _tables(document, resolved["items"])
        ]
    title, rows = resolved.get("title", ""), list(_rows(document, resolved, 0))
    return [Table(title, resolved.get("description", ""), rows)] if rows or title else []


def _beside(first: Table, other: Table) -> Table:
    """Another form of a body, with the fields alone that are not those of the first."""
    return replace(other, rows=[row for row in other.rows if row not in first.rows])


def _rows(document: Document, schema: Mapping[str, Any], depth: int) -> Iterator[Row]:
    required = set(schema.get("required", ()))
    for name, written in schema.get("properties", {}).items():
        yield _row(document, name, written, depth, is_required=name in required)
        if depth < _DEEPEST:
            # What several forms of an object have in common stands once.
            yield from dict.fromkeys(
                row for inner in _objects(document, written) for row in _rows(document, inner, depth + 1)
            )


def _objects(document: Document, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The objects with fields of their own that a field may hold."""
    resolved = _resolved(document, schema)
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
        meaning=_resolved(document, written).get("description", ""),
        limits=_limits(written),
    )


def _parameter(document: Document, parameter: Mapping[str, Any]) -> Row:
    written = {**parameter["schema"], "description": parameter["description"]}
    return _row(document, parameter["name"], written, 0, is_required=parameter["required"])


def _type(document: Document, schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(_resolved(document, schema)["title"])
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


def _limits(schema: Mapping[str, Any]) -> str:
    """What bounds a value, from the schema and the forms it may have."""
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
            found.append(f"`{part['pattern']}`")
    if schema.get("default") is not None:
        found.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    return ", ".join(dict.fromkeys(found))


def _credentials(document: Document, security: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[Credential]:
    for one in security:
        for name, scopes in one.items():
            scheme = document["components"]["securitySchemes"][name]
            header, prefix = scheme.get("name", "Authorization"), ""
            if scheme["type"] in ("http", "oauth2"):
                prefix = "Basic" if scheme.get("scheme") == "basic" else "Bearer"
            label, hint = _CREDENTIALS[name]
            yield Credential(name, label, header, prefix, hint, ", ".join(scopes))


_CREDENTIALS = {
    "apiKey": ("API key", "sg_…"),
    "apiKeyHeader": ("API key, in X-API-KEY", "sg_…"),
    "secureToken": ("SecureToken, on a local run", "SecureToken"),
    "accessToken": ("Access token", "eyJ…"),
    "accessTokenBasic": ("Access token, by HTTP Basic", "eyJ…"),
    "clientBasic": ("client_id:client_secret", "demo:demo-secret"),
    "missionSecret": ("The mission's secret, if it has one", ""),
    "adminKey": ("Admin key", "sg_…"),
}


def _input(parameter: Mapping[str, Any]) -> Input:
    example = parameter.get("example")
    text = json.dumps(example) if isinstance(example, bool) else "" if example is None else str(example)
    is_given = parameter["required"] and parameter["in"] != "header"
    return Input(parameter["name"], parameter["in"], text if is_given else "", text, parameter["required"])


def _curl(
    entry: Entry,
    url: str,
    parameters: Sequence[Mapping[str, Any]],
    media_types: Sequence[str],
    sends: str,
    credentials: Sequence[Credential],
) -> str:
    """A line that works once the key is put in; query parameters stand in it where they have an example."""
    path = entry.path
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(each["example"]), safe="@:"))
    query = {each["name"]: each["example"] for each in parameters if each["in"] == "query" and "example" in each}
    address = f"{url}{path}" + (f"?{urlencode(query)}" if query else "")
    parts = ["curl", *([] if entry.method == "GET" else ["-X", entry.method]), shlex.quote(address)]
    lines = [" ".join(parts)]
    if credentials:
        first = credentials[0]
        if first.prefix == "Basic":
            lines.append('-u "$TOKEN:"' if "token" in first.label else '-u "$CLIENT_ID:$CLIENT_SECRET"')
        else:
            lines.append(f'-H "{first.header}: {first.prefix + " " if first.prefix else ""}$KEY"')
    if media_types:
        lines.append(f"-H 'Content-Type: {media_types[0]}'")
        compact = json.dumps(json.loads(sends), ensure_ascii=False) if media_types[0] == JSON else sends
        lines.append(f"-d {shlex.quote(compact)}")
    return " \\\n  ".join(lines)


def words(text: str) -> list[tuple[str, bool]]:
    """A text in parts, and whether each is code."""
    return [(part, bool(number % 2)) for number, part in enumerate(re.split("`", text)) if part]
