"""Whether every import that a function may reach is in the zip.

The sources are read, not run. Of our own modules every import counts, one within a function too: the first call of a
route may run it. Of a library, only the modules that ours lead to are read, and only what runs when they are loaded,
since many of their functions import what the platform never calls. An import that a library tries, and does without,
does not count.
"""

import ast
import sys
import zipfile
from collections.abc import Iterator
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from infra.zip.pruning import COMPILED_ALONE

# Imported on a developer's machine only, behind a condition that is false on Lambda.
_GUARDED = {"app": frozenset({"local"})}
# Packages of Lambda's own runtime.
_OF_LAMBDA = frozenset({"awslambdaric"})
# Libraries' imports behind a condition that never holds on Lambda.
_BEHIND_CONDITIONS = frozenset(
    {
        "StringIO",  # Python 2
        "imp",  # Python before 3.4
        "annotationlib",  # Python 3.14
        "awscrt",  # AWS's common runtime, where it is installed
        "urllib3.contrib.emscripten",  # a browser
    }
)
# Modules that a library makes as it is loaded.
_MADE = frozenset({"six.moves"})
_OURS = ("app", "chalicelib")


class Import(NamedTuple):
    """An import statement: the module it stands in, and what it asks for."""

    module: str
    line: int
    wanted: str

    def __str__(self) -> str:
        return f"{self.module}, line {self.line}: {self.wanted}"


def unresolved(code: Path) -> list[Import]:
    """The imports that would fail in a function that runs this zip, in order of their modules."""
    with zipfile.ZipFile(code) as archive:
        packed = _Packed({name: _content(archive, name) for name in archive.namelist() if _is_module(name)})
    waiting = [name for name in packed.paths if name.split(".")[0] in _OURS]
    seen, missing = set(waiting), []
    while waiting:
        module = waiting.pop()
        for asked in packed.imports(module):
            found = packed.resolve(asked.wanted)
            if found is None:
                missing.append(asked)
                continue
            fresh = [name for name in found if name not in seen]
            seen.update(fresh)
            waiting += fresh
    return sorted(missing)


def _is_module(name: str) -> bool:
    return name.endswith((".py", ".so"))


def _content(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a packed module; for one that is packed in its compiled form alone, the source installed here."""
    if name not in COMPILED_ALONE:
        return archive.read(name)
    installed = find_spec(_dotted(name))
    return Path(str(installed and installed.origin)).read_bytes()


class _Packed:
    """The modules of a zip, by their dotted names."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self._contents = contents
        self.paths = {_dotted(path): path for path in contents}
        self._trees: dict[str, ast.Module] = {}
        self._names: dict[str, set[str]] = {}

    def imports(self, module: str) -> list[Import]:
        """The imports of a module, in the form that `resolve` takes; empty for a compiled module."""
        path = self.paths.get(module, "")
        if not path.endswith(".py"):
            return []
        package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
        ours = module.split(".")[0] in _OURS
        guarded = _GUARDED.get(module, frozenset())
        found = []
        for statement in _statements(self._tree(module), within_functions=ours):
            for wanted in _wanted(statement, package):
                if wanted.split(".")[0].partition(":")[0] not in guarded:
                    found.append(Import(module, statement.lineno, wanted))
        return found

    def resolve(self, wanted: str) -> list[str] | None:
        """The packed modules that an import loads; empty for what Lambda has itself, None where it would fail.

        `wanted` is `module` or `module:name`.
        """
        module, _, name = wanted.partition(":")
        elsewhere = sys.stdlib_module_names | _OF_LAMBDA | _BEHIND_CONDITIONS | _MADE
        if module.split(".")[0] in elsewhere or module in elsewhere:
            return []
        parts = module.split(".")
        loaded = [".".join(parts[: length + 1]) for length in range(len(parts))]
        if any(each not in self.paths and each not in self._folders for each in loaded):
            return None
        if name and f"{module}.{name}" in self.paths:
            loaded.append(f"{module}.{name}")
        elif name and name != "*" and not self._binds(module, name):
            return None
        return [each for each in loaded if each in self.paths]

    @cached_property
    def _folders(self) -> set[str]:
        """Every package that holds a module, also those without an `__init__.py`."""
        return {".".join(name.split(".")[:length]) for name in self.paths for length in range(1, name.count(".") + 1)}

    def _binds(self, module: str, name: str) -> bool:
        """Whether a module defines a name; of a compiled module this is assumed."""
        path = self.paths.get(module)
        if path is None:
            return False
        if module not in self._names:
            self._names[module] = _bound(self._tree(module)) if path.endswith(".py") else {"*"}
        return bool({name, "*", "__getattr__"} & self._names[module])

    def _tree(self, module: str) -> ast.Module:
        if module not in self._trees:
            self._trees[module] = ast.parse(self._contents[self.paths[module]])
        return self._trees[module]


def _dotted(path: str) -> str:
    """`a/b/__init__.py` → `a.b`, `a/c.abi3.so` → `a.c`."""
    folders, _, file = path.rpartition("/")
    name = file.partition(".")[0]
    parts = [*filter(None, folders.split("/")), *([] if name == "__init__" else [name])]
    return ".".join(parts)


def _wanted(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    """`module` or `module:name` of each thing that a statement asks for."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
        return
    parts = package.split(".")
    base = parts[: len(parts) - statement.level + 1] if statement.level else []
    module = ".".join([*base, *filter(None, [statement.module])])
    yield from (f"{module}:{alias.name}" for alias in statement.names)


def _statements(node: ast.AST, *, within_functions: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports below a node that are run, or may be."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not within_functions:
            continue
        elif isinstance(child, ast.Try) and _does_without(child):
            continue  # what the handlers do instead belongs to the same attempt
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _statements(ast.Module([other], []), within_functions=within_functions)
        else:
            yield from _statements(child, within_functions=within_functions)


def _does_without(attempt: ast.Try) -> bool:
    """True of a `try` that goes on where an import fails."""
    caught = " ".join(ast.dump(handler.type) if handler.type else "Exception" for handler in attempt.handlers)
    return any(f"'{name}'" in caught or caught == name for name in ("ImportError", "ModuleNotFoundError", "Exception"))


def _bound(tree: ast.Module) -> set[str]:
    """The names that a module binds outside of functions and classes; `*` where it imports all of another's."""
    names = {"__doc__", "__file__", "__name__", "__path__"}
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
        waiting += ast.iter_child_nodes(node)
    return names
