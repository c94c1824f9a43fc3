"""One local server for the commands of the whole run, on a free port."""

import threading
from collections.abc import Iterator

import pytest

from local.server import DevServer
from tests.cli.shell import Shell
from tests.platform import Platform


@pytest.fixture(scope="session")
def server_url(platform: Platform) -> Iterator[str]:
    """The app behind the local HTTP server."""
    server = DevServer(platform.app, None, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join(5)


@pytest.fixture
def shell(server_url: str) -> Shell:
    """A shell on that server."""
    return Shell(server_url)
