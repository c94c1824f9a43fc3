"""The dialects of mission platforms: how each asks a partner, and how a partner answers it; one module a dialect.

A module has the name of its dialect, and its `DIALECT` declares both sides. When we ask a partner, `prepare` makes the
call and `read` reads the answer. When we answer as a partner, `identifiers`, `fields_of` and `window` read the question
and `answer` makes the answer. `options` is the schema of a mission's options, and `settings` the platform's form.

Nothing else names the dialects: schemas, addresses, the reference and the console ask here. A module is loaded when its
dialect is first used.
"""

import pkgutil
from functools import lru_cache
from importlib import import_module
from typing import Final

from chalicelib.space3.domain.dialect import Dialect

OWN: Final = "space3"


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every dialect, our own first; loads none."""
    found = sorted(each.name for each in pkgutil.iter_modules(__path__))
    return (OWN, *[name for name in found if name != OWN])


@lru_cache
def dialect(name: str) -> Dialect:
    """The dialect of one of the `names`."""
    found: Dialect = import_module(f"{__name__}.{name}").DIALECT
    return found


def titles() -> dict[str, str]:
    """How each platform writes itself, by its dialect; loads all."""
    return {name: dialect(name).title for name in names()}
