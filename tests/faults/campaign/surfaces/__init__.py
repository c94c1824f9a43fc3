"""One module a surface, found by its name; `SURFACE` is what may be done there and what it does to the model."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tests.faults.campaign.episode import Surface


def all_surfaces() -> Mapping[str, Surface[Any]]:
    """Every surface by name."""
    names = sorted(each.name for each in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").SURFACE for name in names}
