"""The template as `chalice package` makes it: the API's routes, the functions, their queues and schedules.

Chalice would also collect the packages and write one role for all functions. Both are made elsewhere in `infra`, so
Chalice gets a copy of the app that asks for neither.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalicelib.core.settings import Settings, SettingsError, read_settings
from infra import ROOT
from infra.zip.dependencies import PackagingFailed

Template = dict[str, Any]


class StageUnknown(PackagingFailed):
    """No stage of this name can be deployed; the message names those that can."""


def chalice_template(stage: str) -> Template:
    """Chalice's SAM template of a stage of `.chalice/config.json`. Raises `StageUnknown`, `PackagingFailed`."""
    template: Template = json.loads(_packaged(stage))
    return template


@lru_cache(maxsize=4)
def _packaged(stage: str) -> str:
    configuration = deployable(stage)
    with tempfile.TemporaryDirectory() as scratch:
        project, out = Path(scratch) / "app", Path(scratch) / "out"
        (project / ".chalice").mkdir(parents=True)
        (project / "app.py").symlink_to(ROOT / "app.py")
        (project / "chalicelib").symlink_to(ROOT / "chalicelib")
        (project / "requirements.txt").touch()
        (project / ".chalice" / "config.json").write_text(json.dumps(configuration))
        command = [
            sys.executable,
            "-c",
            "from chalice.cli import main; main()",
            "package",
            "--pkg-format",
            "cloudformation",
            "--stage",
            stage,
        ]
        done = subprocess.run(
            [*command, str(out)], cwd=project, env=_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise PackagingFailed(f"chalice package failed:\n{done.stdout}{done.stderr}")
        return (out / "sam.json").read_text()


def deployable(stage: str) -> dict[str, Any]:
    """Chalice's configuration, with placeholders in the stage for what the template fills in.

    Raises `StageUnknown`, and `PackagingFailed` where the functions would refuse its settings.
    """
    configuration: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text())
    stages = configuration["stages"]
    names = sorted(name for name in stages if name != "dev")
    if stage not in names:
        raise StageUnknown(f"There is no stage {stage!r} to deploy: .chalice/config.json has {', '.join(names)}.")
    chosen = stages[stage]
    chosen["manage_iam_role"] = False
    chosen["iam_role_arn"] = "replaced by a role for each function"
    # What the template fills in must be there while the app is read, in a form that the settings accept.
    chosen["environment_variables"] |= {
        "SPACEGARDEN_PUBLIC_URL": "https://filled.in.example",
        **dict.fromkeys(secret_variables(), "filled in"),
    }
    try:
        read_settings(chosen["environment_variables"])
    except SettingsError as error:
        raise PackagingFailed(f"The stage {stage!r} of .chalice/config.json: {error}") from error
    return configuration


def secret_variables() -> dict[str, str]:
    """The environment variables that name secrets, each with the secret's own name, such as `admin-key`."""
    suffix = "_secret_id"
    return {
        f"SPACEGARDEN_{name.upper()}": name.removesuffix(suffix).replace("_", "-")
        for name in Settings.model_fields
        if name.endswith(suffix)
    }


def _environment() -> dict[str, str]:
    """The shell's environment, without variables that would make the app a local run or use another engine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPACEGARDEN_", "AWS_"))}
    # Chalice asks for no account while it packages, but wants a region to be set.
    return {**kept, "AWS_DEFAULT_REGION": "us-east-1", "SPACEGARDEN_STAGE": "packaging", "PYTHONDONTWRITEBYTECODE": "1"}
