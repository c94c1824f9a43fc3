"""The schemas of the document: what pydantic says of the types that read requests and write answers.

A component is called after its feature and its class (`GardenlabNewUser`). A property without a description of its own
gets it from the feature's `WORDS`, by `Class.field` or by the field's name alone.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import DefsRef, GenerateJsonSchema

Schema = dict[str, Any]
Mode = Literal["validation", "serialization"]
Words = Mapping[str, Mapping[str, str]]
_CLASS = re.compile(r"chalicelib\.(?P<feature>\w+)[\w.]*?\.(?P<name>\w+):\d+")
_COMPONENT = re.compile(r"(?P<feature>[A-Z][a-z0-9]+)(?P<name>.+)")
_PREFIX = "#/components/schemas/"
# A change writes only the fields that are given, so its defaults are never read.
_CHANGES = "Update"


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

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema  # a name in words would only repeat the property's
        return False

    def field_is_required(self, field: Any, total: bool) -> bool:
        if self.mode == "serialization":  # what is written is always there, unless it says when it is not
            return "serialization_exclude_if" not in field
        return super().field_is_required(field, total)


class Components:
    """Collects the types that a document needs and gives their schemas, all made at once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._asked: dict[tuple[int, Mode], Any] = {}
        self._made: dict[tuple[int, Mode], Schema] = {}

    def ask(self, kind: Any, mode: Mode) -> None:
        """Says that this type will be needed."""
        self._asked[id(kind), mode] = kind

    def make(self) -> dict[str, Schema]:
        """The components, by name in order of the alphabet."""
        asked = [(number, mode, TypeAdapter(kind)) for (number, mode), kind in self._asked.items()]
        self._made, defined = TypeAdapter.json_schemas(
            asked, schema_generator=_Generator, ref_template=_PREFIX + "{model}"
        )
        components: dict[str, Schema] = defined.get("$defs", {})
        for name, schema in components.items():
            self._describe(name, schema)
        return dict(sorted(components.items()))

    def schema(self, kind: Any, mode: Mode) -> Schema:
        """A type's schema, the same object each time; of a model only where it stands."""
        return self._made[id(kind), mode]

    def _describe(self, component: str, schema: Schema) -> None:
        match = _COMPONENT.fullmatch(component)
        assert match is not None  # as the generator names them
        name, words = match["name"], self._words.get(match["feature"].lower(), {})
        schema["title"] = name
        for field, of_field in schema.get("properties", {}).items():
            word = words.get(f"{name}.{field}", words.get(field))
            if word is not None:
                of_field.setdefault("description", word)
            if _CHANGES in name:
                of_field.pop("default", None)
