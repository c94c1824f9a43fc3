"""What generators of clients and linters need the document to be; `make clients` shows that they are content."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from chalicelib.core.reference import FORM, JSON
from tests.reference.conftest import Operations

# Of JSON Schema 2020-12, those that the document uses. Another may join; a misspelt one, or another library's, may not.
_KEYWORDS = {
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "title",
    "type",
}


def test_schemas_use_the_keywords_of_json_schema_alone(document: dict[str, Any]) -> None:
    found = {keyword for schema in _schemas(document) for keyword in schema}
    assert found - _KEYWORDS == set()


def test_limits_of_a_number_that_may_have_a_fraction_are_told(document: dict[str, Any]) -> None:
    interaction = document["components"]["schemas"]["GardenlabInteractionBody"]["properties"]["xpIncrement"]
    assert (interaction["type"], interaction["minimum"], interaction["maximum"]) == ("number", 0, 1_000_000_000)


def test_each_component_has_a_title_of_its_own(document: dict[str, Any]) -> None:
    titles = Counter(schema["title"] for schema in document["components"]["schemas"].values())
    assert [title for title, count in titles.items() if count > 1] == []


def test_a_field_that_may_be_left_out_has_no_default_beside_its_words(document: dict[str, Any]) -> None:
    """The keyword, even as null, makes generators of TypeScript require the field."""
    assert [schema for schema in _schemas(document) if "default" in schema] == []
    fields = document["components"]["schemas"]["WebhooksEndpointCreate"]["properties"]
    assert fields["enabled"]["description"].endswith(" Default: `true`.")
    assert "Default" not in document["components"]["schemas"]["WebhooksEndpointUpdate"]["properties"]["enabled"]


def test_what_nests_in_a_form_says_how_it_is_written(document: dict[str, Any], operations: Operations) -> None:
    """Such as `items[0][quantity]=2`; the rest of a form is written as forms are."""
    found = {}
    for name, operation in operations:
        content = operation.get("requestBody", {}).get("content", {}).get(FORM)
        if content is not None:
            nested = {field for field, each in _fields(document, content["schema"]) if _nests(document, each)}
            encoding = content.get("encoding", {})
            assert set(encoding) == nested, name
            assert all(each == {"style": "deepObject", "explode": True} for each in encoding.values()), name
            as_json = operation["requestBody"]["content"].get(JSON, {})
            assert content["schema"] != as_json.get("schema"), "a client could not tell which of both it is to write"
            found[name] = nested
    assert found["POST /api/v1/invoices"] == {"items", "billing_address", "shipping_address"}
    assert found["POST /oauth/token"] == set()


def test_a_tag_is_of_what_is_called_or_of_what_is_sent(document: dict[str, Any]) -> None:
    def tags(paths: dict[str, Any]) -> set[str]:
        return {tag for methods in paths.values() for operation in methods.values() for tag in operation["tags"]}

    called, sent = tags(document["paths"]), tags(document["components"]["pathItems"])
    assert called & sent == set()
    assert called | sent == {tag["name"] for tag in document["tags"]}


def test_webhooks_stand_by_reference_and_texts_have_no_quotation_marks(document: dict[str, Any]) -> None:
    """openapi-generator's Python does not compile otherwise: it writes no types there, and escapes the marks twice."""
    items = document["components"]["pathItems"]
    assert document["webhooks"] == {name: {"$ref": f"#/components/pathItems/{name}"} for name in items}
    assert items
    assert '"' not in document["info"]["description"]


def _schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema, with those inside it."""
    components = list(document["components"]["schemas"].values())
    for methods in {**document["paths"], **document["components"]["pathItems"]}.values():
        for operation in methods.values():
            components += [parameter["schema"] for parameter in operation.get("parameters", ())]
            for each in (operation.get("requestBody", {}), *operation["responses"].values()):
                components += [content["schema"] for content in each.get("content", {}).values()]
    while components:
        schema = components.pop()
        yield schema
        components += schema.get("properties", {}).values()
        components += [each for key in ("anyOf", "oneOf", "prefixItems") for each in schema.get(key, ())]
        components += [each for key in ("items", "additionalProperties") if isinstance(each := schema.get(key), dict)]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from _resolved(document, schema).get("properties", {}).items()


def _nests(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    resolved = _resolved(document, schema)
    return resolved.get("type") in ("array", "object") or any(
        _nests(document, each) for each in resolved.get("anyOf", ())
    )
