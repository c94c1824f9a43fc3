"""The hook in `app.py` by which `chalice local` alone serves everything.

`app.py` calls `before_app()` before it imports anything that makes a botocore client, and `after_app(app)` at
its end, both only on the local stage. Both do nothing unless a server is about to run: not in tests, and not
under `chalice package` or `chalice deploy`, which import the app too.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chalice.app import Chalice

from chalicelib.core import logging
from chalicelib.core.settings import settings
from local import server, welcome
from local.engine import start_engine
from local.log_lines import ReadableFormatter, supports_colours
from local.packages import require_packages
from local.queues.pump import Pump

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
_PUBLIC_URL = "SPACEGARDEN_PUBLIC_URL"
_STOP_SECONDS = 2.0
_announced = False


def announce(host: str, port: int) -> None:
    """Records the address at which this process will serve the app, and enables the two hooks."""
    global _announced
    _announced = True
    os.environ.setdefault(_PUBLIC_URL, f"http://{welcome.reachable(host)}:{port}")


def before_app() -> None:
    """Starts the engine if a server is about to run."""
    if not _announced and _in_chalice_local():
        # Imported here: it needs Chalice's command line, which `make run` does without and takes long to load.
        from local.server import reload

        host, port = _address_in(sys.argv)
        announce(host, port)
        reload.watch_sources_only()
        reload.end_with_parent()
        reload.end_with_server()
    if _announced:
        require_packages()
        logging.configure()
        start_engine()


def after_app(app: Chalice) -> None:
    """Replaces Chalice's server with the project's own. Tables, demo data and the pump start with it."""
    del app
    if _announced:
        if os.environ.get("LOG_FORMAT") != "json":
            logging.configure(formatter=ReadableFormatter(colours=supports_colours(sys.stderr)))
        server.install(_everything_else)


@contextmanager
def _everything_else(app: Chalice, host: str, port: int) -> Iterator[None]:
    # Imported here: the bootstrap touches the models, which need the engine.
    from local.bootstrap import bootstrap

    gc.disable()  # as in `app.py`: what a start makes stays until the end
    bootstrap(port=port)
    gc.freeze()
    gc.enable()
    pump = Pump(app, seconds_scale=settings().seconds_scale)
    pump.start()
    welcome.show(host, port, engine=start_engine(), demo_key=settings().demo_key, admin_key=settings().admin_key)
    try:
        yield
    finally:
        pump.stop(_STOP_SECONDS)


def _in_chalice_local() -> bool:
    # Chalice imports its reloader in `chalice local` alone, with and without reloading; its own variable,
    # AWS_CHALICE_CLI_MODE, is set for every command.
    return "chalice.cli.reloader" in sys.modules


def _address_in(arguments: list[str]) -> tuple[str, int]:
    """The address from the command line of `chalice local`, which Chalice has checked."""
    found = {"--host": DEFAULT_HOST, "--port": str(DEFAULT_PORT)}
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in found:
            found[name] = value if equals else arguments[position + 1]
    return found["--host"], int(found["--port"])
