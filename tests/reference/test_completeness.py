"""Nothing is left out: routes, fields, errors, examples, webhooks."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from openapi_spec_validator import validate
from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_typeddict

from chalicelib.core import descriptions
from chalicelib.core.http.views import signature_of
from chalicelib.core.reference import Section
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import RELATIONS, Hop, Reach, methods_of
from chalicelib.dreamspace.routes.addresses import DEPTH
from chalicelib.reference import contents
from chalicelib.reference.document import described, undescribed
from chalicelib.webhooks.service.event_types import known_event_types, sample_content
from tests.answers import Reference, logical
from tests.platform import Platform
from tests.reference.conftest import Operations

# Values of any kind, which are the client's own or the log's.
ANYTHING = {
    "PartnersAuditRead.after",
    "PartnersAuditRead.before",
    "WebhooksEventRead.content",
    "ChainAttribute.value",
}
_NUMBER = re.compile(r"(?<![\w.`])\d[\d,]+(?!\w)")
_STANDARD = re.compile(r"(RFC|EIP-|ISO|HTTP|section|OpenAPI) ?\d[\d.]*")
_TYPED = {"type", "$ref", "anyOf", "const", "enum"}


def test_the_document_is_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1.")


def test_its_version_is_the_newest_release(document: dict[str, Any]) -> None:
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert document["info"]["version"] == re.findall(r"^## \[(\d\S*)\]", changelog, re.MULTILINE)[0]


def test_every_route_is_described_or_a_page(platform: Platform) -> None:
    assert undescribed(platform.app.routes) == []


def test_no_page_is_described(operations: Operations) -> None:
    assert [name for name, _ in operations if contents.is_page(name.partition(" ")[2])] == []


def test_every_declaration_is_a_route_of_the_app(platform: Platform) -> None:
    shown = {each.id for each in described(platform.app.routes)}
    declared = {_operation_id(section, key) for section in contents.sections() for key in section.operations}
    assert declared - shown == set()


def _operation_id(section: Section, key: Any) -> str:
    """The id of an operation that is declared for a view, or for one method of a view."""
    view, method = key if isinstance(key, tuple) else (key, None)
    return "_".join([section.slug, view.__name__, *([method.lower()] if method else [])])


def test_every_operation_says_what_it_is_and_who_may_call(document: dict[str, Any], operations: Operations) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    schemes = document["components"]["securitySchemes"]
    for name, operation in operations:
        assert operation["summary"], name
        assert not operation["summary"].endswith("."), name
        assert set(operation["tags"]) <= tags, name
        assert {scheme for one in operation["security"] for scheme in one} <= set(schemes), name
    identifiers = [operation["operationId"] for _, operation in operations]
    assert len(identifiers) == len(set(identifiers))


def test_every_operation_shows_a_success_and_what_it_is_asked_with(operations: Operations) -> None:
    for name, operation in operations:
        for content in operation["responses"]["200"]["content"].values():
            assert {"schema", "example"} <= set(content), name
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert {"schema", "example"} <= set(content), name
        variables = {part[1:-1] for part in name.split("/") if part.startswith("{")}
        written = {each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert set(written) == variables, name
        assert all("example" in each for each in written.values()), name


def test_every_operation_shows_the_errors_that_apply(document: dict[str, Any], operations: Operations) -> None:
    for name, operation in operations:
        expected = {"429", "500"}
        if operation["security"] and {} not in operation["security"]:
            is_open = {"401", "403"} & set(operation["responses"])
            assert is_open, name
        if "requestBody" in operation:
            expected |= {"400"}
            if operation["tags"] not in (["Gardenlab"], ["Dreamspace"]):  # these know no 413
                expected |= {"413"}
        if any(each["in"] == "query" for each in operation.get("parameters", ())):
            expected |= {"400"}
        if "{" in name:
            expected |= {"404"}
        assert expected <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            if status >= "4":
                shown = _resolved(document, response)
                assert shown["description"], (name, status)
                assert all({"example", "examples"} & set(each) for each in shown["content"].values()), (name, status)


def test_every_field_has_a_type_and_a_meaning(document: dict[str, Any]) -> None:
    silent = []
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, written in schema.get("properties", {}).items():
            place = f"{name}.{field}"
            if not written.get("description") and "$ref" not in written:
                silent.append(place)
            ignored = str(written.get("description")).startswith("Ignored: ")
            if not _TYPED & set(written) and place not in ANYTHING and not ignored and "ZealyQuestion" not in name:
                silent.append(f"{place}: type")
    assert [place for place in silent if not place.startswith(("Space3Accounts.", "Space3Account."))] == []


def test_every_parameter_has_a_type_and_a_meaning(operations: Operations) -> None:
    for name, operation in operations:
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
            assert _TYPED & set(parameter["schema"]), (name, parameter["name"])


def test_every_text_under_a_field_is_shown(document: dict[str, Any], operations: Operations) -> None:
    fields = [
        field for each in document["components"]["schemas"].values() for field in each.get("properties", {}).values()
    ]
    parameters = [each for _, operation in operations for each in operation.get("parameters", ())]
    shown = {each.get("description", "").partition(" Default: ")[0] for each in (*fields, *parameters)}
    unread = [
        f"{module}.{name}.{field}"
        for module, name in _schemas()
        for field, text in descriptions.written_in(module).get(name, {}).items()
        if text not in shown
    ]
    assert unread == []


def test_what_docstrings_say_holds_no_number_of_the_code(document: dict[str, Any], operations: Operations) -> None:
    """A docstring cannot take a number from the code; a description can, as `Field(description=f"…")`."""
    said = {name: operation["summary"] for name, operation in operations}
    said |= {name: each["description"] for name, each in document["components"]["schemas"].items()}
    said |= {
        f"{module}.{name}.{field}": text
        for module, name in _schemas()
        for field, text in descriptions.written_in(module).get(name, {}).items()
    }
    assert {place: text for place, text in said.items() if _NUMBER.search(_STANDARD.sub("", text))} == {}


def _schemas() -> Iterator[tuple[str, str]]:
    """Every class of ours that reads or writes JSON: its module and its name."""
    for module, loaded in list(sys.modules.items()):
        if module.startswith("chalicelib."):
            for name, value in vars(loaded).items():
                is_schema = isinstance(value, type) and (issubclass(value, BaseModel) or is_typeddict(value))
                if is_schema and value.__module__ == module:
                    yield module, name


def test_no_words_are_written_for_fields_that_there_are_not(document: dict[str, Any]) -> None:
    fields: dict[str, set[str]] = {}
    for component, schema in document["components"]["schemas"].items():
        for feature in contents.words():
            if component.startswith(feature.capitalize()):
                name = component.removeprefix(feature.capitalize())
                for field in schema.get("properties", {}):
                    fields.setdefault(feature, set()).update((field, f"{name}.{field}"))
    idle = {feature: sorted(set(words) - fields.get(feature, set())) for feature, words in contents.words().items()}
    assert {feature: words for feature, words in idle.items() if words} == {}


def test_every_example_fits_its_schema(document: dict[str, Any], reference: Reference) -> None:
    wrong = [
        difference
        for place, content in _contents(document)
        for value in _examples(content)
        for difference in reference.differences(place, value, content["schema"], once=False)
    ]
    assert wrong == []


def test_every_example_of_a_request_passes_the_schema_that_reads_it(platform: Platform) -> None:
    for each in described(platform.app.routes):
        # Below a parent the path adds what these schemas ask for.
        if each.operation.body is not None and (each.section.slug != "dreamspace" or each.path.count("/") <= 2):
            TypeAdapter(each.operation.body).validate_python(each.operation.sends)


def test_views_read_the_schemas_that_are_declared(platform: Platform) -> None:
    views = {
        (method, path): getattr(entry.view_function, "__wrapped__", entry.view_function)
        for path, methods in platform.app.routes.items()
        for method, entry in methods.items()
    }
    for each in described(platform.app.routes):
        body, view = each.operation.body, views.get((each.method, each.path))
        if isinstance(body, type) and view is not None and each.section.slug not in ("oauth", "missions", "dreamspace"):
            signature = signature_of(view)
            read = {signature.body.__name__} if signature and signature.body else set(view.__code__.co_names)
            assert read & {parent.__name__ for parent in body.__mro__}, each.id


def test_every_webhook_is_described_and_its_sample_fits(document: dict[str, Any], reference: Reference) -> None:
    assert set(document["webhooks"]) == set(known_event_types())
    for event_type, item in document["components"]["pathItems"].items():
        content = item["post"]["requestBody"]["content"]["application/json"]
        sample = sample_content(event_type)
        assert list(reference.differences(event_type, sample, content["schema"], once=False)) == []


def test_every_path_of_dreamspace_comes_down_to_one_that_is_described(document: dict[str, Any]) -> None:
    known = {path: {method.upper() for method in methods} for path, methods in document["paths"].items()}
    paths = list(_walks())
    assert len(paths) > 500
    for path, methods in paths:
        assert known[logical(path)] == methods, path


def _walks() -> Iterator[tuple[str, set[str]]]:
    """Every kind of path that the routes reach, with the methods that it answers."""

    def walk(path: str, hops: list[Hop]) -> Iterator[tuple[str, set[str]]]:
        last, depth = hops[-1], path.count("/")
        if depth > DEPTH:
            return
        yield path, set(methods_of(hops))
        if last.reach is Reach.MANY and last.id is None:
            yield from walk(f"{path}/1", [*hops[:-1], Hop(last.model, last.reach, 1, last.via, last.field)])
        elif last.reach in (Reach.MANY, Reach.ONE):
            for via, relation in RELATIONS[last.model].items():
                further = Hop(relation.model, relation.reach, via=via, field=relation.field)
                yield from walk(f"{path}/{via}", [*hops, further])

    for model in Model:
        yield from walk(f"/{model}", [Hop(model, Reach.MANY)])


def _resolved(document: Mapping[str, Any], response: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in response:
        return response
    shared: Mapping[str, Any] = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return shared


def _contents(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every schema with examples beside it, and where it stands."""
    for name, response in document["components"]["responses"].items():
        yield from ((name, content) for content in response["content"].values())
    for path, methods in {**document["paths"], **document["components"]["pathItems"]}.items():
        for method, operation in methods.items():
            place = f"{method} {path}"
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{place}, request", content
            for parameter in operation.get("parameters", ()):
                yield f"{place}, {parameter['name']}", parameter
            for status, response in operation["responses"].items():
                for content in response.get("content", {}).values():
                    yield f"{place}, {status}", content


def _examples(content: Mapping[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    for named in content.get("examples", {}).values():
        yield named["value"]
