"""One local server for the commands of the whole run, on a free port."""

from collections.abc import Iterator

import pytest

from tests.cli.shell import Shell
from tests.platform import Platform
from tests.served import served


@pytest.fixture(scope="session")
def server_url(platform: Platform) -> Iterator[str]:
    """The app behind the local HTTP server."""
    with served(platform.app) as url:
        yield url


@pytest.fixture
def shell(server_url: str) -> Shell:
    """A shell on that server."""
    return Shell(server_url)
