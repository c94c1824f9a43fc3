"""The packages that only a local run needs, and what is printed where they are not installed."""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from threading import current_thread, main_thread

# A package, and the setting that replaces what it does by something outside of this process.
_REPLACED_BY = {"moto": "AWS_ENDPOINT_URL", "alysis": "SPACEGARDEN_CHAIN_RPC"}


def missing_packages(environment: Mapping[str, str]) -> list[str]:
    """The packages that a run with these settings needs and does not find."""
    return [name for name, setting in _REPLACED_BY.items() if not environment.get(setting) and not _is_installed(name)]


def require_packages() -> None:
    """Ends the program with a sentence if a package is missing."""
    missing = missing_packages(os.environ)
    if not missing:
        return
    sys.stderr.write(
        f"spacegarden: a local run also needs {' and '.join(missing)}, not installed here. "
        "Use `make run`, or install them: pip install -r requirements-dev.txt\n"
    )
    sys.stderr.flush()
    if current_thread() is main_thread():
        sys.exit(1)
    os._exit(1)  # a reloading `chalice local` imports the app in a thread, where `sys.exit` ends nothing


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
