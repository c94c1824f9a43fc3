"""Reloading under `chalice local`: only changed sources restart the server, and no server outlives its parent."""

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any, Final

from chalice.cli.filewatch import stat
from chalice.local import HTTPServerThread

from local.server import AddressTaken

WRITTEN_FOR: Final = "chalice 1.34"
_SOURCES = frozenset({".py", ".html", ".css", ".js", ".json", ".svg", ".toml", ".yaml"})
_PARENT_CHECK_SECONDS = 1.0
# Chalice sets it in the process that serves, which it starts anew for each reload.
_WORKER = "CHALICE_WORKER"


def watch_sources_only() -> None:
    """Makes Chalice's file watcher look at the project's own sources.

    By default it walks everything once a second, `.venv` and `.local` included. It restarts the server, which loses all
    embedded state, whenever Python writes a byte-code file or a tool its cache.
    """

    def look(self: Any, root_dir: str, callback: Any) -> None:
        seen = dict(_modified(Path(root_dir)))
        before = self.__dict__.setdefault("_sources_seen", seen)
        if seen != before:
            callback()

    watcher: Any = stat.StatFileWatcher
    watcher._single_pass_poll = look


def _modified(folder: Path) -> Iterator[tuple[str, int]]:
    """Each source file below a folder with its time of change; generated and hidden folders are left out."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "__pycache__", "node_modules")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _modified(Path(entry.path))
            elif Path(entry.name).suffix in _SOURCES:
                try:
                    yield entry.path, entry.stat().st_mtime_ns
                except FileNotFoundError:
                    # Deleted since it was listed: its absence is the change.
                    continue


def end_with_server() -> None:
    """Ends a reloading server's process when the server could not start.

    Chalice runs the server in a thread and waits for changed files only. So a port in use would leave a process that
    does nothing.
    """
    if _WORKER not in os.environ:
        return
    usual = threading.excepthook

    def end(failure: threading.ExceptHookArgs) -> None:
        if not isinstance(failure.thread, HTTPServerThread):
            usual(failure)
            return
        if isinstance(failure.exc_value, AddressTaken):
            print(f"spacegarden: {failure.exc_value}", file=sys.stderr, flush=True)
        else:
            usual(failure)
        os._exit(1)

    threading.excepthook = end


def end_with_parent() -> None:
    """Ends a reloading server's process when the `chalice local` that started it is gone.

    Chalice stops its child on Ctrl-C alone; after a SIGTERM the child would keep the port.
    """
    if _WORKER not in os.environ:
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            sleep(_PARENT_CHECK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
