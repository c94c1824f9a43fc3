"""`make run`: the whole platform on this machine. Reads HOST, PORT and `SPACEGARDEN_*`."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import chalice.local
from chalice.config import Config

from chalicelib.core.settings import SettingsError
from local import attach
from local.failures import LocalRunFailed
from local.queues.event_sources import DeclarationError
from local.server import AddressTaken

_PROJECT = Path(__file__).resolve().parent.parent
_STAGE = "dev"


class UnusableAddress(Exception):
    """HOST or PORT is no usable address; the message is one line for the user."""


def address_from(environment: Mapping[str, str]) -> tuple[str, int]:
    """Where to listen. Raises `UnusableAddress`."""
    host = environment.get("HOST") or attach.DEFAULT_HOST
    port = environment.get("PORT") or str(attach.DEFAULT_PORT)
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise UnusableAddress(f"PORT is {port!r}; it must be a number from 1 to 65535.")
    return host, int(port)


def main() -> int:
    """Serves until SIGINT or SIGTERM; returns the exit status."""
    try:
        host, port = address_from(os.environ)
        _serve(host, port)
    except (UnusableAddress, AddressTaken, SettingsError, DeclarationError, LocalRunFailed) as error:
        print(f"spacegarden: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(host: str, port: int) -> None:
    attach.announce(host, port)
    attach.before_app()
    config = _config()
    os.environ.update(config.environment_variables)
    from app import app

    attach.after_app(app)
    chalice.local.create_local_server(app, config, host, port).serve_forever()


def _config() -> Config:
    """As Chalice's command line reads it, without the command line, which takes a fifth of a second to load."""
    given = json.loads((_PROJECT / ".chalice" / "config.json").read_text())
    return Config(chalice_stage=_STAGE, config_from_disk=given, default_params={"project_dir": str(_PROJECT)})


if __name__ == "__main__":
    sys.exit(main())
