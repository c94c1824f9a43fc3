"""The zip that Lambda runs: the app, its packages and Chalice's runtime part; the same bytes from the same sources."""

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import chalice

from infra import ROOT
from infra.zip import dependencies, pruning

# The earliest time that a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_LEVEL = 9
# Files of the project that are packed beside its package; the second is shown at /docs/changelog.
FILES = ("app.py", "CHANGELOG.md")


def build(path: Path, *, machine: str) -> Path:
    """Writes the zip for a machine (`arm64`, `x86_64`, `HERE`) and gives its path. Raises `PackagingFailed`."""
    packages = dependencies.folder(machine)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        own = Path(scratch)
        _copy_app(own)
        dependencies.compile_tree(own)
        dependencies.compile_templates(own)
        entries = dict(sorted([*_files(packages), *_files(own)]))
        fresh = path.with_suffix(f".{os.getpid()}.part")  # two deployments may be under way in one checkout
        with zipfile.ZipFile(fresh, "w") as archive:
            for name, source in entries.items():
                entry = zipfile.ZipInfo(name, _TIME)
                entry.external_attr = _MODE
                entry.create_system = 3  # Unix, whatever system this is
                content = b"" if name in pruning.COMPILED_ALONE else source.read_bytes()
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _LEVEL)
        fresh.replace(path)
    return path


def _copy_app(target: Path) -> None:
    for name in FILES:
        shutil.copy(ROOT / name, target)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc", ".*", "*~")
    shutil.copytree(ROOT / "chalicelib", target / "chalicelib", ignore=ignored)
    # All that a deployed app imports of Chalice; the rest of it is the command.
    runtime = Path(chalice.__file__ or "").parent
    (target / "chalice").mkdir()
    for name in ("__init__.py", "app.py"):
        shutil.copy(runtime / name, target / "chalice")


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path.relative_to(root).as_posix(), path
