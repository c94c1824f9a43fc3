"""Makes what a deployment needs under build/<stage>: `python -m infra.package STAGE [--machine arm64]`."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from infra import ROOT
from infra.reader import ended_with_reader
from infra.template.assembled import template_of
from infra.zip import archive, imports
from infra.zip.dependencies import ARCHITECTURES, HERE, PackagingFailed


@dataclass(frozen=True)
class Package:
    """The files of a deployment."""

    template: Path
    code: Path


def package(stage: str, *, machine: str, build: Path = ROOT / "build") -> Package:
    """Writes template and zip below `build`, in a folder of the stage. Raises `PackagingFailed`."""
    template = template_of(stage)
    for resource in template["Resources"].values():
        if machine != HERE and resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Architectures"] = [machine]
    folder = build / stage
    folder.mkdir(parents=True, exist_ok=True)
    made = Package(folder / "template.json", folder / "spacegarden.zip")
    made.template.write_text(json.dumps(template, separators=(",", ":"), sort_keys=True) + "\n")
    archive.build(made.code, machine=machine)
    if missing := imports.unresolved(made.code):
        lines = "".join(f"\n  {each}" for each in missing)
        raise PackagingFailed(f"These imports would fail on Lambda (infra/zip/pruning.py, requirements.txt):{lines}")
    return made


def main() -> None:
    """Packages and says what was made."""
    parser = argparse.ArgumentParser(prog="python -m infra.package")
    parser.add_argument("stage")
    parser.add_argument("--machine", choices=(*ARCHITECTURES, HERE), default="arm64")
    given = parser.parse_args()
    try:
        made = package(given.stage, machine=given.machine)
    except PackagingFailed as error:
        sys.exit(str(error))
    for path in (made.template, made.code):
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    with ended_with_reader():
        main()
