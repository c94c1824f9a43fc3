"""Templates that were compiled when the zip was made; the compiled file lies beside its template.

It is used only where the template's text and the versions of Python and Jinja are the same. All others, and all of a
checkout, are compiled at their first use.
"""

from pathlib import Path

from jinja2.bccache import Bucket, BytecodeCache

SUFFIX = ".code"


class CompiledTemplates(BytecodeCache):
    """The files beside the templates; a bucket's key is its template's path."""

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        """The template's path."""
        return filename or name

    def load_bytecode(self, bucket: Bucket) -> None:
        """Loads the compiled file, if it is there and fits."""
        path = Path(f"{bucket.key}{SUFFIX}")
        if path.is_file():
            with path.open("rb") as file:
                bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Stores nothing: a function's files cannot be written."""
