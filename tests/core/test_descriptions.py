"""What a field means is said once: under it, in a base class, or where its module first speaks of one of its name."""

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from chalicelib.core.descriptions import description_of

_SCHEMAS = """
from pydantic import BaseModel, Field

MOST = 3


class ParcelCreate(BaseModel):
    weight: int
    \"""In grams.\"""
    labels: list[str] = Field(description=f"At most {MOST}.")
    note: str = ""
    \"""A text that goes on
    in a second line.\"""
    sender: str


class ParcelRead(ParcelCreate):
    sender: str
    \"""Who sent it.\"""
    note: str


class LetterRead(BaseModel):
    weight: int
    \"""In milligrams.\"""
    labels: list[str]
"""
_ELSEWHERE = """
from pydantic import BaseModel


class StampRead(BaseModel):
    weight: int
    sender: str
    \"""Who bought it.\"""
    colour: str
"""


@pytest.fixture
def schemas(tmp_path: Path) -> Iterator[ModuleType]:
    yield from _loaded("chalicelib.parcels.schemas", _SCHEMAS, tmp_path / "schemas.py")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[ModuleType]:
    yield from _loaded("chalicelib.parcels.stamps", _ELSEWHERE, tmp_path / "stamps.py")


def _loaded(name: str, source: str, path: Path) -> Iterator[ModuleType]:
    path.write_text(source)
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def test_the_text_under_a_field_is_its_meaning(schemas: ModuleType) -> None:
    assert description_of(schemas.ParcelCreate, "weight") == "In grams."
    assert description_of(schemas.ParcelCreate, "note") == "A text that goes on in a second line."


def test_a_text_may_hold_a_number_of_the_code(schemas: ModuleType) -> None:
    assert description_of(schemas.ParcelCreate, "labels") == "At most 3."


def test_a_silent_field_means_what_its_base_class_says(schemas: ModuleType) -> None:
    assert description_of(schemas.ParcelRead, "note") == "A text that goes on in a second line."
    assert description_of(schemas.ParcelRead, "sender") == "Who sent it."


def test_a_silent_field_means_what_its_module_first_says_of_the_name(schemas: ModuleType) -> None:
    assert description_of(schemas.LetterRead, "labels") == "At most 3."
    assert description_of(schemas.LetterRead, "weight") == "In milligrams."
    assert description_of(schemas.ParcelCreate, "sender") == "Who sent it."


@pytest.mark.usefixtures("schemas")
def test_another_module_of_the_feature_follows_its_schemas(elsewhere: ModuleType) -> None:
    assert description_of(elsewhere.StampRead, "weight") == "In grams."
    assert description_of(elsewhere.StampRead, "sender") == "Who bought it."
    assert description_of(elsewhere.StampRead, "colour") is None
