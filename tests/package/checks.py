"""The tools that know what CloudFormation takes, run in their own environment."""

import json
import subprocess
from pathlib import Path
from typing import Any

from infra import LOCAL, ROOT

_BIN = LOCAL / "package-tools" / "bin"


def translated(sam_template: dict[str, Any]) -> dict[str, Any]:
    """SAM's template as the service translates it."""
    command = [str(_BIN / "python"), str(ROOT / "infra" / "template" / "translate.py")]
    done = subprocess.run(command, input=json.dumps(sam_template), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    template: dict[str, Any] = json.loads(done.stdout)
    return template


def complaints(template: Path) -> str:
    """What cfn-lint finds, which translates the template itself and looks at the outcome."""
    command = [str(_BIN / "cfn-lint"), "--regions", "eu-central-1", "--template", str(template)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
