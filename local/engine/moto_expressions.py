"""Reads each expression of the embedded engine once.

moto reads the condition of each write of a transaction three times and its update twice, by regular expressions that it
compiles again for every part, and copies and walks the tree of an update by way of abstract classes: half the time of a
transaction.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from copy import deepcopy
from functools import lru_cache, wraps
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser, Func, Op
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Expression, Node, UpdateExpressionFunction
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

_MOST_REMEMBERED = 200
_PREPARES_NOTHING = DepthFirstTraverser.pre_processing_of_child
# By the class of a traverser and the class of a node: the class whose processor takes that node.
_known_kinds: dict[type, dict[type, type | None]] = {}
Processor = Callable[[Any], Any]
_Read = tuple[Op | Func, list[str], list[str]]


def read_expressions_once() -> None:
    """Remembers what was read. Called once a process."""
    _read_conditions_once()
    UpdateExpressionParser.make = lru_cache(maxsize=_MOST_REMEMBERED)(UpdateExpressionParser.make)
    validators.deepcopy = _copied  # of an update's tree; what was read stays as it is
    DepthFirstTraverser.traverse_node_recursively = _traverse
    Node.find_clauses = _find_clauses


def _read_conditions_once() -> None:
    parse = ConditionExpressionParser.parse
    known: dict[tuple[str, str, str], _Read] = {}

    @wraps(parse)
    def parse_once(self: ConditionExpressionParser) -> Op | Func:
        text = self.condition_expression
        if not text:
            return parse(self)
        key = (text, repr(self.expression_attribute_names), repr(self.expression_attribute_values))
        found = known.get(key)
        if found is None:
            found = parse(self), self.expr_attr_names_found, self.expr_attr_values_found
            if len(known) >= _MOST_REMEMBERED:
                known.pop(next(iter(known)), None)
            known[key] = found[0], [*found[1]], [*found[2]]
            return found[0]
        condition, names, values = found
        self.expr_attr_names_found.extend(names)
        self.expr_attr_values_found.extend(values)
        return condition

    ConditionExpressionParser.parse = parse_once


def _copied(node: Any, parent: Node | None = None) -> Any:
    if not isinstance(node, Node):
        return node if isinstance(node, str) else deepcopy(node)
    copy = object.__new__(type(node))
    copy.__dict__.update(node.__dict__, parent=parent)
    if node.children is not None:
        copy.children = [_copied(child, copy) for child in node.children]
    return copy


@lru_cache(maxsize=1024)
def _has_clauses(kind: Any) -> bool:
    return issubclass(kind, (Expression, UpdateExpressionFunction))


def _find_clauses(self: Node, clause_types: Container[type]) -> list[Node]:
    clauses: list[Node] = []
    for child in self.children or ():
        kind: Any = type(child)
        if kind in clause_types:
            clauses.append(child)
        elif _has_clauses(kind):
            clauses += _find_clauses(child, clause_types)
    return clauses


def _traverse(self: DepthFirstTraverser, node: Any, child_id: int = -1) -> Any:
    kinds = _known_kinds.setdefault(type(self), {})
    processors: Mapping[type, Processor] = self._processing_map()
    prepare = None if type(self).pre_processing_of_child is _PREPARES_NOTHING else self.pre_processing_of_child

    def walk(node: Any, child_id: int) -> Any:
        kind = type(node)
        if kind not in kinds:
            kinds[kind] = _processed_as(kind, processors)
        wanted = kinds[kind]
        if wanted is None:
            return node
        parent = node.parent
        if node.children is not None:
            for place, child in enumerate(node.children):
                if prepare is not None:
                    prepare(node, place)
                walk(child, place)
        if wanted is not Node:
            node = processors[wanted](node)
            node.parent = parent
            if parent:
                parent.children[child_id] = node
        return node

    return walk(node, child_id)


def _processed_as(kind: type, processors: Iterable[type]) -> type | None:
    """The kind whose processor takes a part; `Node` for one that is only walked through, None for a leaf."""
    if not issubclass(kind, Node):
        return None
    return next((each for each in processors if issubclass(kind, each)), Node)
