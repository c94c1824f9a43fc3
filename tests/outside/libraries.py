"""web3.py, ethers and viem, each run by a script of this folder in an environment of its own."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from infra import LOCAL, ROOT

# What the name of a script ends with, by the library that it uses.
LIBRARIES: Final = {"web3.py": ".py", "ethers": "_ethers.mjs", "viem": "_viem.mjs"}
_PYTHON: Final = LOCAL / "chain-client" / "bin" / "python"
_PACKAGES: Final = LOCAL / "chain-client-npm" / "package.json"
_SCRIPTS: Final = ROOT / "tests" / "outside"


def answer_of(library: str, script: str, *, node: str, artifact: Path, asked: dict[str, Any]) -> Any:
    """What a library's script prints; skips the test where the library is not installed."""
    path = str(_SCRIPTS / f"{script}{LIBRARIES[library]}")
    done = subprocess.run(
        [*_program(library), path, node, str(artifact), str(_PACKAGES)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _program(library: str) -> list[str]:
    """What runs the script."""
    node = shutil.which("node")
    found: Path | str | None = _PYTHON if library == "web3.py" else node if _PACKAGES.exists() else None
    if found is None or not Path(found).exists():
        pytest.skip(f"{library} is not installed: run tools/chain-client")
    return [str(found)]
