"""The runtime packages, pruned and compiled, in a folder under .local that is made once for each set of versions.

For this machine (`HERE`) they are copied from the environment, without a network. For Lambda they are wheels that pip
downloads, exactly those that requirements.lock names.
"""

import fcntl
import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from infra import LOCAL, ROOT
from infra.roles import permissions
from infra.zip import pruning, trimming

HERE = "here"
ARCHITECTURES = ("arm64", "x86_64")
_WHEEL_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda's Python 3.12 and 3.13 run on Amazon Linux 2023, whose glibc is 2.34; 3.11 on Amazon Linux 2 with 2.26.
_GLIBC = {True: ("2_17", "2_28", "2_34"), False: ("2_17",)}


class PackagingFailed(Exception):
    """The zip or the template cannot be made; the message says why."""


def python_version() -> str:
    """The Python that packages, and so the one that runs on Lambda: `3.13`."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def folder(machine: str) -> Path:
    """The packages for `arm64`, `x86_64`, or `HERE`; made where they are missing. Raises `PackagingFailed`."""
    operations = trimming.called_operations(permissions.services())
    made = LOCAL / "dependencies" / f"{machine}-{_fingerprint(machine, operations)}"
    with exclusive_lock(LOCAL / "dependencies.lock"):
        if not made.exists():
            made.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
                fresh = Path(scratch) / "packages"
                for path, content in _installed() if machine == HERE else _downloaded(machine, Path(scratch)):
                    if pruning.is_wanted(path, services=operations):
                        packed_path, packed = trimming.trimmed(path, content, operations=operations)
                        target = fresh / packed_path
                        target.parent.mkdir(parents=True, exist_ok=True)
                        target.write_bytes(packed)
                compile_tree(fresh)
                fresh.rename(made)
    return made


def compile_tree(root: Path, *, only: str = "") -> None:
    """Compiles every module below, or `only` one path, so that Lambda never checks whether the source has changed.

    This runs in a process of its own with a fixed hash seed, so that the same sources give the same bytes. Raises
    `PackagingFailed`.
    """
    command = [sys.executable, "-s", "-m", "compileall", "-q", "-s", str(root), "-p", "/var/task"]
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    done = subprocess.run(
        [*command, "--invalidation-mode", "unchecked-hash", str(root / only)], env=environment, check=False
    )
    if done.returncode:
        raise PackagingFailed("a module does not compile; see above")


def compile_templates(root: Path) -> None:
    """Compiles the templates below that many others use, with a fixed hash seed too. Raises `PackagingFailed`."""
    environment = {"PYTHONHASHSEED": "0", "PATH": os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "infra.zip.templates", str(root)]
    if subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode:
        raise PackagingFailed("a template does not compile; see above")


def requirements() -> dict[str, str]:
    """Name and version of every runtime package, from requirements.txt."""
    pins = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    return dict(pins)


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Holds a lock while the block runs. It is released when the process ends, even if it is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint(machine: str, operations: trimming.Operations) -> str:
    parts = [machine, sys.version, platform.machine() if machine == HERE else ""]
    parts += [f"{service} {sorted(called)}" for service, called in operations.items()]
    parts += [(ROOT / "requirements.txt").read_text()]
    parts += [Path(module.__file__ or "").read_text() for module in (pruning, trimming, sys.modules[__name__])]
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _installed() -> Iterator[tuple[str, bytes]]:
    for name, version in requirements().items():
        distribution = importlib.metadata.distribution(name)
        if distribution.version != version:
            raise PackagingFailed(f"{name} {version} is asked for, {distribution.version} is installed: run make setup")
        for path in distribution.files or ():
            if ".." not in path.parts and path.suffix != ".pyc":
                yield path.as_posix(), Path(str(path.locate())).read_bytes()


def _downloaded(machine: str, scratch: Path) -> Iterator[tuple[str, bytes]]:
    wheels = scratch / "wheels"
    tags = _GLIBC[sys.version_info >= (3, 12)]
    platforms = [f"manylinux_{tag}_{_WHEEL_MACHINES[machine]}" for tag in tags]
    platforms.append(f"manylinux2014_{_WHEEL_MACHINES[machine]}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", python_version()]
    for abi in (f"cp{python_version().replace('.', '')}", "abi3", "none"):
        command += ["--abi", abi]
    for tag in platforms:
        command += ["--platform", tag]
    print(f"downloading the runtime packages for {machine} (once a set of versions)", flush=True)
    command += ["--require-hashes", "-r", str(ROOT / "requirements.lock"), "-d", str(wheels)]
    if subprocess.run(command, check=False).returncode:
        raise PackagingFailed(f"pip could not download the packages for {machine}; see its words above")
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                # Files of the data scheme, such as scripts, are not needed.
                if not name.endswith("/") and ".data/" not in name:
                    yield name, archive.read(name)
    shutil.rmtree(wheels)
