"""The contents of the document: the features' sections, and the paths that are pages."""

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

from chalicelib.core.features import modules_named
from chalicelib.core.http.views import signature_of
from chalicelib.core.reference import Hook, Operation, Section
from chalicelib.webhooks.service.event_types import who_gets

# Pages for browsers, and their assets.
PAGES = (
    "/",
    "/oauth/authorize",
    "/oauth/demo",
    "/tx",
    "/claim",
    "/nft",
    "/i",
    "/console",
    "/docs",
    "/static",
    "/favicon.ico",
)
# The order of the document. A feature that is not named here comes last.
_ORDER = (
    "gardenlab",
    "spaces",
    "oauth",
    "space3",
    "dreamspace",
    "webhooks",
    "chain",
    "partners",
    "activity",
    "operations",
    "reference",
)


def sections() -> list[Section]:
    """Every section, in the order of the document."""
    return [section for feature in _features().values() for section in getattr(feature, "SECTIONS", ())]


def hooks() -> list[Hook]:
    """Every webhook that is sent."""
    return [hook for of_feature in hooks_by_feature().values() for hook in of_feature]


def hooks_by_feature() -> dict[str, Sequence[Hook]]:
    """The same by the feature that sends them; their descriptions end with who gets the type."""
    return {name: [_described(hook) for hook in getattr(feature, "HOOKS", ())] for name, feature in _features().items()}


def words() -> dict[str, dict[str, str]]:
    """What properties mean, by feature."""
    return {name: getattr(feature, "WORDS", {}) for name, feature in _features().items()}


def is_page(path: str) -> bool:
    """True for paths of HTML pages and their assets."""
    return any(path == page or path.startswith(page + "/") for page in PAGES)


def operation_of(section: Section, view: Any, method: str) -> Operation | None:
    """The declared operation of a view in a section, or None."""
    view = getattr(view, "__wrapped__", view)  # the application carries views' exceptions out
    declared = section.operations.get((view, method)) or section.operations.get(view)
    return None if declared is None else declared.of(signature_of(view))


def _described(hook: Hook) -> Hook:
    return hook._replace(description=f"{hook.description} {who_gets(hook.event_type)}".rstrip())


@lru_cache(maxsize=1)
def _features() -> dict[str, ModuleType]:
    """What each feature declares, by the feature's name."""
    found: dict[str, ModuleType] = {module.__name__.split(".")[1]: module for module in modules_named("reference")}
    return {name: found[name] for name in dict.fromkeys((*_ORDER, *found))}
