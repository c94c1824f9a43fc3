"""Python clients by the two common generators: made without a warning, imported whole, and run."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.clients import write_python
from tests.clients.conftest import HERE, done, python_program, whole


@whole
def test_a_partners_day_by_openapi_python_client(document_file: Path, run: Mapping[str, str], tmp_path: Path) -> None:
    python_program("openapi-python-client")
    python = python_program("python")
    write_python(document_file, tmp_path)
    done(python, "-W", "error", "-m", "compileall", "-q", ".", folder=tmp_path)
    shutil.copy(HERE / "generated_day.py", tmp_path)
    assert "a partner's day" in done(python, "generated_day.py", folder=tmp_path, environment=run)


@whole
def test_a_partners_day_by_openapi_generator(document_file: Path, run: Mapping[str, str], tmp_path: Path) -> None:
    generator, python = python_program("openapi-generator-cli"), python_program("python")
    if shutil.which("java") is None:
        pytest.skip("openapi-generator wants Java")
    made = ("-g", "python", "-o", ".", "--additional-properties=packageName=partner_sdk")
    done(generator, "generate", "-i", str(document_file), *made, folder=tmp_path)
    done(python, "-W", "error", "-m", "compileall", "-q", ".", folder=tmp_path)
    shutil.copy(HERE / "openapi_generator_day.py", tmp_path)
    assert "a partner's day" in done(python, "openapi_generator_day.py", folder=tmp_path, environment=run)
