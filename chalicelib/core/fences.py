"""Private parts of libraries: which version of each library they are used of.

Few files use what a library does not promise to keep, and each says in `WRITTEN_FOR` what it was written for, such as
`botocore 1.44`. In production a library of another version is used in its own way, and a line in the log says so. A
test compares every file with what is installed, so an upgrade that reaches one fails before it is deployed.
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
