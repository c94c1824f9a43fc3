"""Typed clients of the API, generated from its OpenAPI document: `python -m infra.clients [folder]`.

TypeScript: types by openapi-typescript, to be called through openapi-fetch. Python: a package by openapi-python-client.
The generators are those that `tools/client-tools --all` installs in `.local/clients`.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from infra.reader import ended_with_reader

ROOT: Final = Path(__file__).parents[1]
TOOLS: Final = ROOT / ".local" / "clients"
PYTHON_CLIENT: Final = "partner_client"


class GeneratorMissing(Exception):
    """A generator is not installed."""


class GeneratorFailed(Exception):
    """A generator refused the document; the message is what it said."""


def program(name: str) -> Path:
    """The path of a generator. Raises `GeneratorMissing`."""
    for folder in (TOOLS / "npm" / "node_modules" / ".bin", TOOLS / "python" / "bin"):
        if (folder / name).exists():
            return folder / name
    raise GeneratorMissing(f"{name} is not installed: run tools/client-tools --all, which wants npm")


def write_typescript(document: Path, folder: Path) -> Path:
    """Writes `api.ts`, the types of every path and schema; gives its path.

    Raises `GeneratorMissing`, `GeneratorFailed`.
    """
    target = folder / "api.ts"
    _run(program("openapi-typescript"), str(document), "--output", str(target))
    return target


def write_python(document: Path, folder: Path) -> Path:
    """Writes the package `partner_client`; gives its folder. A warning of the generator is an error.

    Raises `GeneratorMissing`, `GeneratorFailed`.
    """
    target = folder / PYTHON_CLIENT
    options = ("--output-path", str(target), "--meta", "none", "--overwrite", "--fail-on-warning")
    _run(program("openapi-python-client"), "generate", "--path", str(document), *options)
    return target


def _run(command: Path, *arguments: str) -> None:
    # The Python generator formats with ruff, which it looks for on the PATH.
    variables = {**os.environ, "PATH": f"{command.parent}:{os.environ['PATH']}", "NO_COLOR": "1"}
    done = subprocess.run([command, *arguments], env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GeneratorFailed(f"{command.name}: {done.stdout}{done.stderr}")


def _document() -> Mapping[str, Any]:
    import app as application  # the whole app, which only this needs
    from chalicelib.core.settings import settings
    from chalicelib.reference.document import build

    application.app.load_all()
    return build(application.app.routes, url=settings().public_url)


def main() -> int:
    """Writes the document and both clients, and says where."""
    parser = argparse.ArgumentParser(prog="python -m infra.clients", description="Make typed clients of the API.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "clients")
    folder: Path = parser.parse_args().folder
    for name in ("typescript", "python"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    document = folder / "openapi.json"
    document.write_text(json.dumps(_document(), indent=1), encoding="utf-8")
    try:
        made = write_typescript(document, folder / "typescript"), write_python(document, folder / "python")
    except (GeneratorMissing, GeneratorFailed) as error:
        print(error, file=sys.stderr)
        return 1
    for path in (document, *made):
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    return 0


if __name__ == "__main__":
    with ended_with_reader():
        sys.exit(main())
