"""Which functions and classes of the platform a piece of its code may reach, read from the sources.

A function reaches whatever it names, and so on from there; a class, all its methods. So branches that no run
has taken are seen too. What is called only by a name put together at run time is not.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from infra import ROOT

_PACKAGE = "chalicelib"
Node = ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


class Definition(NamedTuple):
    """A name that a module defines."""

    module: str
    name: str


class _Module(NamedTuple):
    """A module as something that a name stands for."""

    name: str


_Meaning = Definition | _Module | None


class Code:
    """The sources of an app: its entry module and the package `chalicelib`, below a folder."""

    def __init__(self, root: Path = ROOT) -> None:
        paths = [root / "app.py", *sorted((root / _PACKAGE).rglob("*.py"))]
        self._trees = {_dotted(path.relative_to(root)): ast.parse(path.read_text()) for path in paths}
        self._imports = {name: dict(self._imported(_outside_definitions(tree))) for name, tree in self._trees.items()}
        self.definitions: dict[Definition, Node] = {
            definition: node for name, tree in self._trees.items() for definition, node in _definitions(name, tree)
        }
        self._references: dict[Definition, frozenset[Definition]] = {}

    def reached(self, starts: Iterable[Definition]) -> set[Definition]:
        """The starts, and all that can be reached from them."""
        waiting = list(starts)
        seen = set(waiting)
        while waiting:
            fresh = self.references(waiting.pop()) - seen
            seen |= fresh
            waiting += fresh
        return seen

    def references(self, definition: Definition) -> frozenset[Definition]:
        """The definitions that a definition names. Its decorators are left out: they say who calls it."""
        if definition not in self._references:
            meaning = self.reader(definition)
            found = {meaning(each) for each in body(self.definitions[definition])}
            self._references[definition] = frozenset(each for each in found if isinstance(each, Definition))
        return self._references[definition]

    def reader(self, definition: Definition) -> Callable[[ast.AST], _Meaning]:
        """A function that gives what an expression in a definition stands for; None for what is not the platform's."""
        own: dict[str, _Meaning] = {
            name: self._named(meaning) for name, meaning in self._imported(body(self.definitions[definition]))
        }

        def meaning(node: ast.AST) -> _Meaning:
            if isinstance(node, ast.Name):
                return own[node.id] if node.id in own else self._resolved(definition.module, node.id)
            if isinstance(node, ast.Attribute) and isinstance(owner := meaning(node.value), _Module):
                return self._member(owner.name, node.attr)
            return None

        return meaning

    def _imported(self, nodes: Iterable[ast.AST]) -> Iterator[tuple[str, Definition | _Module]]:
        """The names that import statements bind."""
        for node in nodes:
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == _PACKAGE:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    is_module = full in self._trees
                    yield (
                        alias.asname or alias.name,
                        _Module(full) if is_module else Definition(node.module, alias.name),
                    )

    def _member(self, module: str, name: str) -> _Meaning:
        full = f"{module}.{name}"
        return _Module(full) if full in self._trees else self._resolved(module, name)

    def _named(self, meaning: Definition | _Module) -> _Meaning:
        return meaning if isinstance(meaning, _Module) else self._resolved(*meaning)

    def _resolved(self, module: str, name: str) -> _Meaning:
        """Follows a name through the modules that hand it on."""
        while (definition := Definition(module, name)) not in self.definitions:
            handed_on = self._imports.get(module, {}).get(name)
            if handed_on is None or isinstance(handed_on, _Module):
                return handed_on
            module, name = handed_on
        return definition


def _dotted(path: Path) -> str:
    parts = [*path.parent.parts, *([] if path.name == "__init__.py" else [path.stem])]
    return ".".join(parts)


def _definitions(module: str, tree: ast.Module) -> Iterator[tuple[Definition, Node]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield Definition(module, node.name), node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (each for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)):
                yield Definition(module, name.id), node


def _outside_definitions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from ast.walk(node)


def body(node: Node) -> Iterator[ast.AST]:
    """Every node of a definition but its decorators."""
    skipped: list[ast.expr] = getattr(node, "decorator_list", [])
    for child in ast.iter_child_nodes(node):
        if child not in skipped:
            yield from ast.walk(child)
