"""Linters find no error in the document."""

from pathlib import Path

from tests.clients.conftest import done, npm_program, whole


def test_redocly_finds_no_error(document_file: Path) -> None:
    said = done(npm_program("redocly"), "lint", document_file.name, "--format", "stylish", folder=document_file.parent)
    assert "Your API description is valid" in said, said


@whole
def test_spectral_finds_no_error(document_file: Path) -> None:
    rules = document_file.with_name("spectral.yaml")
    rules.write_text('extends: ["spectral:oas"]\n')
    linter = npm_program("spectral")
    done(linter, "lint", document_file.name, "--ruleset", rules.name, "--fail-severity=error", folder=rules.parent)
