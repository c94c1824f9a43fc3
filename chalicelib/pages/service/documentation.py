"""The API reference prepared for pages: the list of operations, and each with its fields, answers and samples.

OperationUnknown     the reference has no operation of this name
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from chalicelib.core.reference import JSON, body_text, example_text
from chalicelib.pages.service.samples import Call, Credential, Sample, samples
from chalicelib.pages.service.schema_tables import Row, Table, parameter_row, resolve, tables

Document = Mapping[str, Any]
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


class Entry(NamedTuple):
    """An operation in a list."""

    id: str
    method: str
    path: str
    summary: str


class Group(NamedTuple):
    """The operations of one tag."""

    name: str
    description: str
    entries: list[Entry]

    @property
    def anchor(self) -> str:
        """The name as a part of an address."""
        return self.name.lower().replace(" ", "-")


class Answer(NamedTuple):
    """An answer's status, body and examples."""

    status: str
    phrase: str
    meaning: str
    media_type: str
    tables: list[Table]
    examples: list[tuple[str, str]]


class Input(NamedTuple):
    """A field of the form that tries an operation out."""

    name: str
    place: str
    value: str
    hint: str
    is_required: bool


class Authorization(NamedTuple):
    """A field of the form that keeps a reader's credentials."""

    name: str
    label: str
    hint: str


class OperationView(NamedTuple):
    """One operation and the group that has it. `url` is the API's; None for a webhook that the platform sends."""

    entry: Entry
    group: Group
    description: str
    parameters: list[tuple[str, list[Row]]]
    body: list[Table]
    media_types: list[str]
    sends: str
    answers: list[Answer]
    samples: list[Sample]
    inputs: list[Input]
    credentials: list[Credential]
    is_public: bool
    url: str | None


def groups(document: Document) -> list[Group]:
    """All operations grouped by tag, in the order of the tags."""
    found: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for entry, operation in (*_entries(document["paths"]), *_entries(document["components"]["pathItems"])):
        found[operation["tags"][0]].append(entry)
    return [Group(tag["name"], tag["description"], found[tag["name"]]) for tag in document["tags"]]


def operation_view(document: Document, name: str, *, url: str) -> OperationView:
    """The view of one operation with the API at `url`. Raises `OperationUnknown`."""
    for paths, called_at in ((document["paths"], url), (document["components"]["pathItems"], None)):
        for entry, operation in _entries(paths):
            if entry.id == name:
                group = next(each for each in groups(document) if each.name == operation["tags"][0])
                return _operation_view(document, entry, operation, group, url=called_at)
    raise OperationUnknown(name)


def _entries(paths: Mapping[str, Any]) -> Iterator[tuple[Entry, Mapping[str, Any]]]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield Entry(operation["operationId"], method.upper(), path, operation["summary"]), operation


def _operation_view(
    document: Document, entry: Entry, operation: Mapping[str, Any], group: Group, *, url: str | None
) -> OperationView:
    parameters = operation.get("parameters", [])
    content = operation.get("requestBody", {}).get("content", {})
    media_types = list(content)
    sent: Mapping[str, Any] = next(iter(content.values()), {})
    sends = body_text(media_types[0], sent["example"]) if sent else ""
    credentials = [each for each in _credentials(document, operation["security"]) if url is not None]
    return OperationView(
        entry=entry,
        group=group,
        description=operation.get("description", ""),
        parameters=[
            (title, rows)
            for place, title in _PLACES.items()
            if (rows := [parameter_row(document, each) for each in parameters if each["in"] == place])
        ],
        body=tables(document, sent["schema"]) if sent else [],
        media_types=media_types,
        sends=sends,
        answers=[_answer(document, status, each) for status, each in operation["responses"].items()],
        samples=[] if url is None else samples(_call(entry, url, operation, sends, credentials)),
        inputs=[_input(each) for each in parameters],
        credentials=credentials,
        is_public=not operation["security"] or {} in operation["security"],
        url=url,
    )


def _answer(document: Document, status: str, response: Mapping[str, Any]) -> Answer:
    response = resolve(document, response)
    contents: Mapping[str, Mapping[str, Any]] = response.get("content", {})
    media_type = next(iter(contents), "")
    content = contents.get(media_type, {})
    examples = {"": {"value": content["example"]}} if "example" in content else content.get("examples", {})
    return Answer(
        status=status,
        phrase=_PHRASES.get(status, ""),
        meaning=response["description"],
        media_type=media_type.partition(";")[0],
        tables=tables(document, content["schema"]) if content and status < "4" else [],
        examples=[(name, body_text(media_type, each["value"])) for name, each in examples.items()],
    )


def _credentials(document: Document, security: Sequence[Mapping[str, Sequence[str]]]) -> Iterator[Credential]:
    for one in security:
        for name, scopes in one.items():
            scheme = document["components"]["securitySchemes"][name]
            header, prefix = scheme.get("name", "Authorization"), ""
            if scheme["type"] in ("http", "oauth2"):
                prefix = "Basic" if scheme.get("scheme") == "basic" else "Bearer"
            label, kept_as = _CREDENTIALS[name]
            yield Credential(name, label, header, prefix, ", ".join(scopes), kept_as)


AUTHORIZATIONS = (
    Authorization("key", "API key", "sg_…"),
    Authorization("admin", "Admin key", "sg_…"),
    Authorization("token", "Access token", "eyJ…"),
    Authorization("client", "OAuth client, as client_id:client_secret", "demo:demo-secret"),
    Authorization("mission", "Secret of a mission", ""),
)
# What a scheme of the document is called, and which of the fields above it is typed into.
_CREDENTIALS = {
    "apiKey": ("API key", "key"),
    "apiKeyHeader": ("API key, in X-API-KEY", "key"),
    "secureToken": ("SecureToken, on a local run", "key"),
    "accessToken": ("Access token", "token"),
    "accessTokenBasic": ("Access token, by HTTP Basic", "token"),
    "clientBasic": ("client_id:client_secret", "client"),
    "missionSecret": ("The mission's secret, if it has one", "mission"),
    "adminKey": ("Admin key", "admin"),
}


def _input(parameter: Mapping[str, Any]) -> Input:
    """The field of a parameter: it begins with the example, as in the samples; a header's begins empty."""
    example = parameter.get("example")
    text = "" if example is None else example_text(example)
    value = "" if parameter["in"] == "header" else text
    return Input(parameter["name"], parameter["in"], value, text, parameter["required"])


def _call(entry: Entry, url: str, operation: Mapping[str, Any], sends: str, credentials: Sequence[Credential]) -> Call:
    """The call of a sample: the parameters of the path, and those of the query that have an example."""
    path, query = entry.path, {}
    for each in operation.get("parameters", []):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(each["example"]), safe="@:"))
        elif each["in"] == "query" and "example" in each:
            query[each["name"]] = example_text(each["example"])
    return Call(
        method=entry.method,
        address=f"{url}{path}" + (f"?{urlencode(query)}" if query else ""),
        credential=credentials[0] if credentials else None,
        media_type=next(iter(operation.get("requestBody", {}).get("content", {})), ""),
        body=sends,
        answers_json=JSON in operation["responses"].get("200", {}).get("content", {}),
    )


def text_parts(text: str) -> list[tuple[str, bool]]:
    """Splits a text at backticks into parts, each with a flag that is true for code."""
    return [(part, bool(number % 2)) for number, part in enumerate(re.split("`", text)) if part]
