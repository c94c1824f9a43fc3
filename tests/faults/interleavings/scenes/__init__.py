"""One module a surface: `SCENES` gives its scenes by name."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tests.faults.interleavings.scene import Scene


def all_scenes() -> Mapping[str, Scene[Any]]:
    """Every scene of every module of this package."""
    found: dict[str, Scene[Any]] = {}
    for module in sorted(each.name for each in iter_modules(__path__)):
        found.update(import_module(f"{__name__}.{module}").SCENES)
    return found
