"""The contents of the document: the features' sections, and the paths that are pages."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import chalicelib.activity.reference as activity
import chalicelib.chain.reference as chain
import chalicelib.dreamspace.reference as dreamspace
import chalicelib.gardenlab.reference as gardenlab
import chalicelib.oauth.reference as oauth
import chalicelib.operations.reference as operations
import chalicelib.partners.reference as partners
import chalicelib.space3.reference as space3
import chalicelib.spaces.reference as spaces
import chalicelib.webhooks.reference as webhooks
from chalicelib.core.reference import Hook, Operation, Section
from chalicelib.reference import platform

# Pages for browsers, and their assets.
PAGES = ("/oauth/authorize", "/tx", "/claim", "/nft", "/i", "/console", "/docs", "/static", "/favicon.ico")
FEATURES: Sequence[ModuleType] = (
    gardenlab,
    spaces,
    oauth,
    space3,
    dreamspace,
    webhooks,
    chain,
    partners,
    activity,
    operations,
    platform,
)
# Preflight routes, which API Gateway needs as routes of their own.
_PREFLIGHT = "OPTIONS"


def sections() -> list[Section]:
    """Every section, in the order of the document."""
    return [section for feature in FEATURES for section in feature.SECTIONS]


def hooks() -> list[Hook]:
    """Every webhook that is sent."""
    return [hook for feature in FEATURES for hook in getattr(feature, "HOOKS", ())]


def words() -> dict[str, dict[str, str]]:
    """What properties mean, by feature."""
    return {feature.__name__.split(".")[1]: getattr(feature, "WORDS", {}) for feature in FEATURES}


def is_page(path: str) -> bool:
    """True for paths of HTML pages and their assets."""
    return any(path == page or path.startswith(page + "/") for page in PAGES)


def operation_of(section: Section, view: Any, method: str) -> Operation | None:
    """The declared operation of a view in a section, or None."""
    view = getattr(view, "__wrapped__", view)  # the application carries views' exceptions out
    return section.operations.get((view, method)) or section.operations.get(view)
