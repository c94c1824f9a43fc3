"""Stores the templates that many others use compiled beside each: most of what a first page would compile."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from jinja2.bccache import Bucket

from chalicelib.core.html.compiled import SUFFIX, CompiledTemplates
from chalicelib.core.html.rendering import environment_of

_USE = re.compile(r'\{%-?\s*(?:extends|import|include|from)\s+"([^"]+)"')
_MANY: Final = 7
_LAMBDA: Final = Path("/var/task")


def compile_templates(root: Path) -> None:
    """Compiles what at least seven templates below `root` use; the same sources give the same bytes."""
    folders = sorted(path for path in root.rglob("templates") if path.is_dir())
    texts = {(folder, path): path.read_text() for folder in folders for path in _files(folder)}
    uses = Counter(name for text in texts.values() for name in set(_USE.findall(text)))
    for (folder, path), text in texts.items():
        name = path.relative_to(folder).as_posix()
        if uses[name] >= _MANY:
            environment = environment_of(folder)
            bucket = Bucket(environment, str(path), CompiledTemplates().get_source_checksum(text))
            bucket.code = environment.compile(text, name, str(_LAMBDA / path.relative_to(root)))
            with Path(f"{path}{SUFFIX}").open("wb") as file:
                bucket.write_bytecode(file)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    compile_templates(Path(sys.argv[1]).resolve())
