"""The schemas of the document: what pydantic says of the types that read requests and write answers.

A component is called after its feature and its class (`GardenlabNewUser`), and so is its title, because generators of
clients name classes by titles. What a property means stands under its field (`core.descriptions`). A default is part of
the description, since the keyword `default` makes generators of TypeScript require a field that may be left out.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import DefsRef, GenerateJsonSchema

from chalicelib.core.descriptions import description_of

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Words = Mapping[str, Mapping[str, str]]
_CLASS = re.compile(r"chalicelib\.(?P<feature>\w+)[\w.]*?\.(?P<name>\w+):\d+")
_COMPONENT = re.compile(r"(?P<feature>[A-Z][a-z0-9]+)(?P<name>.+)")
REFERENCE_PREFIX = "#/components/schemas/"
# A change uses only the given fields, never its defaults.
_CHANGES = "Update"
# Pydantic writes the limits of a union under its own names, which JSON Schema does not know.
_KEYWORDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_INTEGER, _NUMBER = {"type": "integer"}, {"type": "number"}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator with our names."""

    def get_defs_ref(self, core_mode_ref: tuple[Any, Mode]) -> DefsRef:
        match = _CLASS.fullmatch(core_mode_ref[0])
        if match is None:
            raise ValueError(f"the reference has no name for {core_mode_ref[0]}")
        name = DefsRef(match["feature"].capitalize() + match["name"])
        if name in self.defs_to_core_refs:
            raise ValueError(f"two types of the reference, or both modes of one, would be called {name}")
        self._prioritized_defsref_choices[name] = [name]
        return name

    def generate_inner(self, schema: Any) -> Schema:
        made = super().generate_inner(schema)
        return {_KEYWORDS.get(keyword, keyword): value for keyword, value in made.items()}

    def model_schema(self, schema: Any) -> Schema:
        return _described(schema["cls"], super().model_schema(schema))

    def typed_dict_schema(self, schema: Any) -> Schema:
        return _described(schema["cls"], super().typed_dict_schema(schema))

    def get_union_of_schemas(self, schemas: list[Schema]) -> Schema:
        # Every integer is a number; a union of both becomes a class of its own in many a client.
        distinct = [each for each in schemas if each != _INTEGER or _NUMBER not in schemas]
        return distinct[0] if len(distinct) == 1 else super().get_union_of_schemas(distinct)

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema  # a name in words would only repeat the property's
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization" and field["type"] != "typed-dict-field":
            # What is written is always there, unless it says when it is not.
            return "serialization_exclude_if" not in field
        return super().field_is_required(field, total)


def _described(kind: type, schema: Schema) -> Schema:
    for field, of_field in schema.get("properties", {}).items():
        if "description" not in of_field and (text := description_of(kind, field)) is not None:
            of_field["description"] = text
    return schema


class Components:
    """Collects the types of a document and makes their schemas in one run."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._asked: dict[tuple[int, Mode], Any] = {}
        self._made: dict[tuple[int, Mode], Schema] = {}
        self._components: dict[str, Schema] = {}

    def ask(self, kind: Any, mode: Mode) -> None:
        """Registers a type that the document needs."""
        self._asked[id(kind), mode] = kind

    def make(self) -> dict[str, Schema]:
        """The components by name, to which `form` adds further ones."""
        asked = [(number, mode, TypeAdapter(kind)) for (number, mode), kind in self._asked.items()]
        self._made, defined = TypeAdapter.json_schemas(
            asked, schema_generator=_Generator, ref_template=REFERENCE_PREFIX + "{model}"
        )
        self._components = defined.get("$defs", {})
        for name, schema in self._components.items():
            self._describe(name, schema)
        return self._components

    def schema(self, kind: Any, mode: Mode) -> Schema:
        """A type's schema, the same object each time; for a model, a reference to its component."""
        return self._made[id(kind), mode]

    def form(self, kind: Any) -> Schema:
        """The same model as a component of its own, for bodies that are read as JSON and as a form.

        Where both have one schema, generated clients cannot tell which of the two they are to write.
        """
        schema = self.schema(kind, "validation")
        name = schema["$ref"].removeprefix(REFERENCE_PREFIX) + "Form"
        self._components[name] = {**self._resolved(schema), "title": name}
        return {"$ref": REFERENCE_PREFIX + name}

    def nested(self, kind: Any) -> list[str]:
        """The properties of a model that reads requests which hold an object or an array."""
        schema = self._resolved(self.schema(kind, "validation"))
        return [name for name, each in schema.get("properties", {}).items() if self._is_nested(each)]

    def _is_nested(self, schema: Schema) -> bool:
        resolved = self._resolved(schema)
        choices = resolved.get("anyOf", ())
        return resolved.get("type") in ("array", "object") or any(self._is_nested(each) for each in choices)

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        return schema if reference is None else self._components[reference.removeprefix(REFERENCE_PREFIX)]

    def _describe(self, component: str, schema: Schema) -> None:
        match = _COMPONENT.fullmatch(component)
        assert match is not None  # as the generator names them
        name, words = match["name"], self._words.get(match["feature"].lower(), {})
        schema["title"] = component
        for field, of_field in schema.get("properties", {}).items():
            word = words.get(f"{name}.{field}", words.get(field))
            if word is not None:
                of_field.setdefault("description", word)
            default = of_field.pop("default", None)
            if default is not None and _CHANGES not in name and field not in schema.get("required", ()):
                of_field["description"] += f" Default: {_default_text(default)}."


def _default_text(default: Any) -> str:
    return f"`{default if isinstance(default, str) else json.dumps(default)}`" if default != "" else "empty"
