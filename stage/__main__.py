"""Puts up a stage: `python -m stage [--port 8443] [--decoded] [-- COMMAND…]`; needs Linux.

Prints `ready https://…` and serves until SIGINT or SIGTERM stops it; with a command, runs that in the stage's network
instead, and exits with its status. A signal before either has ended is a failure, with 128 and its number as status.
"""

import argparse
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

from infra import ROOT, lambda_runtime
from infra.zip import dependencies
from infra.zip.dependencies import PackagingFailed
from stage.chain import NodeFailed
from stage.emulator import process
from stage.emulator.process import EmulatorFailed, EmulatorMissing
from stage.network import NoNamespace, listen, unshare_command
from stage.signals import exit_on_signals, run_command
from stage.world import MACHINE, Options, StageFailed, stage

_INSIDE = "SPACEGARDEN_STAGE_SOCKET"
# The exit status where this machine cannot have a stage; one line on standard error says why.
CANNOT = 78


def main() -> int:
    """Enters a namespace of its own, then puts up the stage there."""
    given = _arguments()
    try:
        return _inside(given) if _INSIDE in os.environ else _outside(given)
    except (NoNamespace, EmulatorMissing) as reason:
        print(f"no stage on this machine: {reason}", file=sys.stderr)
        return CANNOT
    except (EmulatorFailed, NodeFailed, PackagingFailed, StageFailed) as failure:
        print(f"stage: {failure}", file=sys.stderr)
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stage", description=__doc__)
    parser.add_argument("--stage", default="staging", help="the stage of .chalice/config.json to deploy")
    parser.add_argument("--port", type=int, default=8443, help="where this machine reaches it; 0 takes a free one")
    parser.add_argument("--decoded", action="store_true", help="hand path variables to the functions decoded")
    parser.add_argument("--schedule-scale", type=float, default=1.0, help="the share of their time that schedules take")
    parser.add_argument("--patience", type=float, default=1.0, help="how many times longer time-outs last than on AWS")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "stage", help="logs, certificates, zips")
    parser.add_argument("command", nargs="*", help="what to run in the stage's network, after --")
    return parser.parse_args()


def _outside(given: argparse.Namespace) -> int:
    """Opens the socket that this machine reaches the stage by, and starts over in a namespace."""
    unshared = unshare_command()
    process.install()
    lambda_runtime.install_client()
    # What is downloaded is downloaded here: in the stage's network there is no registry.
    dependencies.folder(MACHINE)
    listening = listen("127.0.0.1", given.port)
    os.set_inheritable(listening.fileno(), True)
    os.environ[_INSIDE] = str(listening.fileno())
    os.execvp(unshared[0], [*unshared, sys.executable, "-m", "stage", *sys.argv[1:]])


def _inside(given: argparse.Namespace) -> int:
    outside = socket.socket(fileno=int(os.environ.pop(_INSIDE)))
    port = outside.getsockname()[1]
    exit_on_signals()
    options = Options(given.stage, given.decoded, given.schedule_scale, given.patience)
    with stage(given.folder, options, outside) as world:
        if given.command:
            # The library requests brings authorities of its own; this makes it trust the stage's.
            trusted = str(world.authority)
            environment = {**os.environ, "STAGE_FOLDER": str(given.folder), "REQUESTS_CA_BUNDLE": trusted}
            return run_command(given.command, environment)
        print(f"the deployed address  {world.address}  (within its own network)")
        print(f"certificate authority {world.authority}")
        print(f"logs                  {given.folder}/logs")
        with suppress(SystemExit):  # being stopped is its normal end
            print(f"ready https://localhost:{port}/{world.gateway_stage}", flush=True)
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
