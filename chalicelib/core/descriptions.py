"""What the fields of schemas mean: the text that stands under a field, read from the source when the reference asks.

    name: Name
    \"\"\"The application's name, as the page of consent shows it.\"\"\"

Such a text costs a running function nothing, since the compiler drops it. A text that holds a number of the code is
`Field(description=f"…")`. A field without either has the text of the field of its name in a base class, else of the
first one in its module, else of the first one in the feature's `schemas`.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel

Texts = Mapping[str, str]


def description_of(kind: type, field: str) -> str | None:
    """What a field of a schema means; None where nothing says so."""
    own = [each for each in kind.__mro__ if each.__module__.startswith("chalicelib.")]
    modules = [each.__module__ for each in own]
    modules += [f"chalicelib.{module.split('.')[1]}.schemas" for module in modules]
    for texts in (*map(_of_class, own), *map(_of_module, modules)):
        if field in texts:
            return texts[field]
    return None


def _of_class(kind: type) -> Texts:
    explicit = {
        name: each.description
        for name, each in (kind.model_fields.items() if issubclass(kind, BaseModel) else ())
        if each.description is not None and name in kind.__annotations__
    }
    return {**written_in(kind.__module__).get(kind.__name__, {}), **explicit}


@cache
def _of_module(module: str) -> Texts:
    """The first text of each field's name in a module; none for a module that is not loaded."""
    if module not in sys.modules:
        return {}
    found: dict[str, str] = {}
    for name in written_in(module):
        for field, text in _of_class(getattr(sys.modules[module], name)).items():
            found.setdefault(field, text)
    return found


@cache
def written_in(module: str) -> Mapping[str, Texts]:
    """The texts under the fields of a loaded module's classes, by class and field."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {node.name: dict(_under_fields(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _under_fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for statement, following in pairwise(node.body):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                yield name, " ".join(text.split())
