"""The app over a real socket, as a client library meets it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.server import DevServer


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The base address of a local server in a thread of this process."""
    server = DevServer(app, None, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
