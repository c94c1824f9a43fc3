"""Styles, scripts and drawings of the pages: small files, read once, each under an address that names its content.

A feature's own lie in its folder `static`; all share one flat namespace. Scripts import nothing from each other: an
address that is written in a script would not change with the other's content.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import chalicelib

PATH = "/static"
_SHARED = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_DIGITS = 12
# A line of a script or style that is empty or only a comment; it is not served.
_IDLE_LINE = re.compile(r"^[ \t]*(//[^\n]*|/\*[^\n]*\*/)?\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_OF_LINES = (".js", ".css")  # none of these files has a string of several lines


class AssetUnknown(LookupError):
    """A page names a file that is not there."""


class AssetTwice(ValueError):
    """Two features have a file of one name."""


class Asset(NamedTuple):
    """A file as it is served. `address_name` holds a part of its content's hash: `style.3f2a9c1b77d0.css`."""

    name: str
    text: str
    media_type: str

    @property
    def address_name(self) -> str:
        """The last segment of its address."""
        stem, _, suffix = self.name.rpartition(".")
        return f"{stem}.{sha256(self.text.encode()).hexdigest()[:_DIGITS]}.{suffix}"


def asset_url(name: str) -> str:
    """The address of a file on this server. Raises `AssetUnknown`."""
    try:
        return f"{PATH}/{_assets()[name].address_name}"
    except KeyError:
        raise AssetUnknown(name) from None


def find_asset(address_name: str) -> Asset | None:
    """The file of an address, or None. An address of older content finds it too, for pages from before a deployment."""
    stem, _, suffix = address_name.rpartition(".")
    name, _, _ = stem.rpartition(".")
    return _assets().get(f"{name}.{suffix}")


def folders() -> Iterator[Path]:
    """Where files lie: the shared ones, then each feature's."""
    yield _SHARED
    yield from sorted(Path(root) / "static" for root in _features() if (Path(root) / "static").is_dir())


def _features() -> Iterator[Path]:
    for root in chalicelib.__path__:
        yield from (folder for folder in Path(root).iterdir() if folder.is_dir())


@lru_cache(maxsize=1)
def _assets() -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for folder in folders():
        for file in sorted(folder.iterdir()):
            if file.suffix in _TYPES:
                if file.name in found:
                    raise AssetTwice(file.name)
                found[file.name] = Asset(file.name, _served_text(file), _TYPES[file.suffix])
    return found


def _served_text(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return _INDENT.sub("", _IDLE_LINE.sub("", text)) if file.suffix in _OF_LINES else text
