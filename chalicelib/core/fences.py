"""Use of libraries' private parts, each bound to the version that it was written for.

Few files use what a library does not promise to keep, and each names that version in `WRITTEN_FOR`, such as
`botocore 1.44`. Where another version runs, a file that asks `is_as_written_for` does without the private parts, and a
line in the log says so. A test compares every file with what is installed, so such an upgrade fails before it is
deployed.
"""

from typing import Final

from chalicelib.core.logging import logger

_log: Final = logger("fences")


def is_as_written_for(written_for: str, version: str) -> bool:
    """True if the installed `version` is one that a file was written for; else a warning is logged."""
    library, _, known = written_for.partition(" ")
    if version == known or version.startswith(f"{known}."):
        return True
    _log.warning(
        "the installed library is used in its own way",
        extra={"library": library, "installed": version, "written_for": known},
    )
    return False
