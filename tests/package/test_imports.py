"""Every import that a function may reach is in its zip."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra import package
from infra.zip import archive
from infra.zip.dependencies import HERE, PackagingFailed
from infra.zip.imports import unresolved

_LIBRARY = {"lib/__init__.py": "", "lib/part.py": "NAME = 1\n"}


def _zip(path: Path, files: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_every_import_of_the_zip_is_resolved(code: Path) -> None:
    assert [str(each) for each in unresolved(code)] == []


@pytest.mark.parametrize(
    "source",
    [
        "import gone",
        "from lib import gone",
        "from lib.part import GONE",
        "def later():\n    from lib.gone import NAME",
        "class Late:\n    def run(self):\n        if self:\n            import lib.gone",
        "from chalicelib import gone",
        "from . import gone",
        "from .gone import NAME",
        "from local import attach",
        "import lib.broken",
    ],
)
def test_an_import_that_would_fail_is_found_wherever_it_stands(tmp_path: Path, source: str) -> None:
    library = {**_LIBRARY, "lib/broken.py": "from lib.pruned import x"}
    made = _zip(tmp_path / "code.zip", {**library, "chalicelib/__init__.py": "", "chalicelib/one.py": source})
    [missing] = unresolved(made)
    assert missing.module in ("chalicelib.one", "lib.broken")


@pytest.mark.parametrize(
    "source",
    [
        "import json, os.path",
        "from lib.part import NAME",
        "from lib import part",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gone",
        "try:\n    import gone\nexcept ImportError:\n    gone = None",
        "import lib.lazy",
        "from . import two\nfrom .two import value\nfrom chalicelib.two import json",
    ],
)
def test_an_import_that_succeeds_or_is_never_run_is_not(tmp_path: Path, source: str) -> None:
    library = {**_LIBRARY, "lib/lazy.py": "def never():\n    import gone\n"}
    ours = {"chalicelib/__init__.py": "", "chalicelib/two.py": "import json\nvalue: int = 1\n"}
    assert unresolved(_zip(tmp_path / "code.zip", {**library, **ours, "chalicelib/one.py": source})) == []


def test_a_zip_that_lacks_one_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(path: Path, *, machine: str) -> Path:
        del machine
        return _zip(path, {"app.py": "def first_call():\n    import gone\n"})

    monkeypatch.setattr(archive, "build", build)
    with pytest.raises(PackagingFailed, match="app, line 2: gone"):
        package.package("prod", machine=HERE, build=tmp_path)
