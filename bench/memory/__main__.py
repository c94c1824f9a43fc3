"""Calls the packed API for one partner after another and prints what its process holds: the table of the docs."""

import argparse
import json
import logging
import os
import tempfile
import zipfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from infra import lambda_runtime
from infra.lambda_runtime import Function
from infra.zip import archive
from infra.zip.dependencies import HERE
from local.engine import start_engine

if TYPE_CHECKING:
    from bench.memory.partners import Partners  # imports moto's clients, which must come after the engine's start


def main() -> None:
    """Unpacks the zip, starts the function, calls and prints."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory")
    parser.add_argument("--calls", type=int, default=36_000, help="how many calls")
    parser.add_argument("--every", type=int, default=4_000, help="after how many calls a line is printed")
    parser.add_argument("--code", type=Path, help="a zip to measure instead of a new one")
    given = parser.parse_args()
    start_engine()  # before anything that makes a botocore client
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://spacegarden.test")
    from bench.memory.partners import Partners
    from tests.package import aws_bridge
    from tests.platform import start_platform

    logging.disable()
    lambda_runtime.install_client()
    platform = start_platform()
    with tempfile.TemporaryDirectory() as scratch, aws_bridge.endpoint() as address:
        code = given.code or archive.build(Path(scratch) / "code.zip", machine=HERE)
        with zipfile.ZipFile(code) as packed:
            packed.extractall(Path(scratch) / "task")
        with Function(Path(scratch) / "task", "app.app", aws_bridge.function_variables(address)) as function:
            print("| calls | partners | MiB |\n| --- | --- | --- |")
            print(f"| 0 | 0 | {function.memory_mib:.1f} |", flush=True)
            _measure(function, Partners(platform), calls=given.calls, every=given.every)
    platform.close()


def _measure(function: Function, partners: "Partners", *, calls: int, every: int) -> None:
    made = 0
    for number, caller in enumerate(partners, start=1):
        for event in chain(partners.pages if number == 1 else (), caller.calls()):
            answer = json.loads(function.invoke_raw(json.dumps(event).encode()))
            assert answer["statusCode"] == 200, (event, answer)
            made += 1
            if made % every == 0 or made == calls or made == len(partners.pages):
                print(f"| {made:,} | {number:,} | {function.memory_mib:.1f} |", flush=True)
            if made == calls:
                return


if __name__ == "__main__":
    main()
