"""A TypeScript client: types by openapi-typescript with its own defaults, compiled as strictly as can be, and run."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.clients import write_typescript
from tests.clients.conftest import HERE, NODE_MODULES, done, npm_program

_STRICT = {
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "skipLibCheck": False,
    "module": "nodenext",
    "target": "es2022",
    "lib": ["es2022", "dom"],
    "types": [],
}


def test_a_partners_day(document_file: Path, run: Mapping[str, str], tmp_path: Path) -> None:
    npm_program("openapi-typescript")
    compiler = npm_program("tsc")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": _STRICT, "include": ["*.ts"]}))
    shutil.copy(HERE / "partners_day.ts", tmp_path)
    write_typescript(document_file, tmp_path)
    done(compiler, "--project", ".", folder=tmp_path)
    assert "a partner's day" in done("node", "partners_day.js", folder=tmp_path, environment=run)
