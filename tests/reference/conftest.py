"""The document of the app under test, made once."""

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.reference.document import build
from tests.answers import Reference
from tests.answers import reference as reference_of
from tests.platform import Platform

Operations = list[tuple[str, dict[str, Any]]]


@pytest.fixture(scope="session")
def document(platform: Platform) -> dict[str, Any]:
    """The document as it is served."""
    return build(platform.app.routes, url="https://api.example.com")


@pytest.fixture(scope="session")
def reference(platform: Platform) -> Reference:
    """The document that answers are compared with: every schema closed."""
    return reference_of(platform.app)


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> Operations:
    """Every operation with its name."""
    return list(_operations(document))


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation
