"""What features declare, found in modules of a fixed name: nothing is registered by being imported."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import chalicelib


def modules_named(name: str) -> Iterator[Any]:
    """The module of this name of every feature that has one, features in alphabetical order; loads them."""
    for feature in sorted(found.name for found in pkgutil.iter_modules(chalicelib.__path__) if found.ispkg):
        module = f"chalicelib.{feature}.{name}"
        # Core is no feature.
        if feature != "core" and find_spec(module) is not None:
            yield import_module(module)
