"""Pages of the API reference that gather one kind of thing from all operations: events, errors, the changelog."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import chalicelib
from chalicelib.core.reference import JSON, body_text
from chalicelib.pages.service.schema_tables import resolve, tables

Document = Mapping[str, Any]
# Packaged beside the code; a checkout has it in the same place.
_CHANGELOG: Final = Path(chalicelib.__file__).parents[1] / "CHANGELOG.md"
_REFUSALS: Final = "4", "5"
# A link to a file of the repository, which a stage does not have: its text stays.
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)\s]+\)")


class Event(NamedTuple):
    """A type of webhook: when it is sent, and an example. Its fields are on the page of its operation."""

    type: str
    operation_id: str
    summary: str
    example: str


class Refusal(NamedTuple):
    """A status with its code and one of its messages. `operations` counts those that may answer it."""

    status: str
    code: str
    message: str
    operations: int


class ErrorGroup(NamedTuple):
    """The refusals of one tag."""

    name: str
    refusals: list[Refusal]


class Release(NamedTuple):
    """A version of the changelog with its kinds of change (`Added`, `Fixed` …), each a list of sentences."""

    title: str
    changes: list[tuple[str, list[str]]]


def events(document: Document) -> list[Event]:
    """Every type of webhook, by name."""
    found = []
    for event_type, item in document["components"]["pathItems"].items():
        operation = item["post"]
        content = operation["requestBody"]["content"][JSON]
        example = body_text(JSON, content["example"])
        found.append(Event(event_type, operation["operationId"], operation["summary"], example))
    return sorted(found)


def errors(document: Document) -> list[ErrorGroup]:
    """What each tag's operations refuse with: by status, then by code."""
    groups: dict[str, dict[tuple[str, str], Refusal]] = {tag["name"]: {} for tag in document["tags"]}
    for methods in document["paths"].values():
        for operation in methods.values():
            known = groups[operation["tags"][0]]
            for status, code, message in _distinct_refusals(document, operation):
                before = known.get((status, code), Refusal(status, code, message, 0))
                known[status, code] = before._replace(operations=before.operations + 1)
    return [ErrorGroup(name, [known[each] for each in sorted(known)]) for name, known in groups.items() if known]


def _distinct_refusals(document: Document, operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    seen = set()
    for status, response in operation["responses"].items():
        if not status.startswith(_REFUSALS):
            continue
        for content in resolve(document, response).get("content", {}).values():
            single = {"": {"value": content["example"]}} if "example" in content else {}
            for example in content.get("examples", single).values():
                code, message = _code_and_message(example["value"])
                if message and code not in seen:
                    seen.add(code)
                    yield status, code, message


def _code_and_message(body: Any) -> tuple[str, str]:
    """The code and the message of an error, whatever its surface's form; plain text has no code."""
    if isinstance(body, str):
        return "", body
    if not isinstance(body, Mapping):
        return "", ""
    inner = body.get("error")
    if isinstance(inner, Mapping):
        return str(body.get("code", inner.get("code", ""))), str(inner.get("message", ""))
    if isinstance(inner, str):
        return inner, str(body.get("error_description", ""))
    return str(body.get("code", "")), str(body.get("message", ""))


def search_terms(document: Document) -> dict[str, str]:
    """What the search finds an operation by, beside its path and its summary: fields, parameters, error codes."""
    return {
        operation["operationId"]: " ".join(sorted(_terms(document, operation)))
        for items in (document["paths"], document["components"]["pathItems"])
        for methods in items.values()
        for operation in methods.values()
    }


def _terms(document: Document, operation: Mapping[str, Any]) -> Iterator[str]:
    found = {each["name"] for each in operation.get("parameters", ())}
    for body in (operation.get("requestBody", {}), operation["responses"].get("200", {})):
        for content in body.get("content", {}).values():
            found |= {row.name for table in tables(document, content["schema"]) for row in table.rows}
    found |= {code for _, code, _ in _distinct_refusals(document, operation)}
    yield from found - {""}


def changelog() -> list[Release]:
    """The releases, newest first; none where the package came without the file."""
    try:
        text = _CHANGELOG.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [_release(part) for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]]


def _release(text: str) -> Release:
    title, _, rest = text.partition("\n")
    changes = []
    for part in re.split(r"^### ", rest, flags=re.MULTILINE)[1:]:
        kind, _, lines = part.partition("\n")
        entries = re.split(r"^- ", _LINK.sub(r"\1", lines), flags=re.MULTILINE)[1:]
        sentences = [" ".join(each.split()) for each in entries]
        changes.append((kind.strip(), sentences))
    return Release(title.replace("[", "").replace("]", "").strip(), changes)
