"""Pictures in Base64 text: their media type and size, and whether they are whole. Pure, without I/O."""

import base64
import binascii
import re
import zlib
from typing import NamedTuple

_DATA_ADDRESS = re.compile(r"data:image/[a-z.+-]+;base64,", re.IGNORECASE)
_LARGEST_SIDE = 20_000


class Picture(NamedTuple):
    """A picture's type, its sides in pixels, and its Base64 text."""

    media_type: str
    width: int
    height: int
    text: str


def picture_of(text: str) -> Picture | None:
    """The picture in a Base64 text or `data:` URL; None if browsers cannot show it whole."""
    match = _DATA_ADDRESS.match(text)
    encoded = "".join((text[match.end() :] if match else text).split())
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    found = _size(raw)
    if found is None:
        return None
    media_type, width, height = found
    if not (1 <= width <= _LARGEST_SIDE and 1 <= height <= _LARGEST_SIDE and _is_whole(media_type, raw)):
        return None
    return Picture(media_type, width, height, encoded)


def _size(raw: bytes) -> tuple[str, int, int] | None:
    if raw.startswith(b"\x89PNG\r\n\x1a\n") and len(raw) >= 24:
        return "image/png", int.from_bytes(raw[16:20], "big"), int.from_bytes(raw[20:24], "big")
    if raw[:6] in (b"GIF87a", b"GIF89a") and len(raw) >= 10:
        return "image/gif", int.from_bytes(raw[6:8], "little"), int.from_bytes(raw[8:10], "little")
    if raw.startswith(b"\xff\xd8"):
        return _jpeg(raw)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" and len(raw) >= 30:
        return _webp(raw)
    return None


def _is_whole(media_type: str, raw: bytes) -> bool:
    """Whether the file ends where its format says that it does; a PNG's checksums must be right, too."""
    if media_type == "image/png":
        return _is_whole_png(raw)
    if media_type == "image/jpeg":
        return b"\xff\xd9" in raw[-64:]  # some programs write a few bytes behind the end
    if media_type == "image/gif":
        return raw.rstrip(b"\0").endswith(b"\x3b")
    return len(raw) >= 8 + int.from_bytes(raw[4:8], "little")


def _is_whole_png(raw: bytes) -> bool:
    place, kind, data = 8, b"", 0
    while kind != b"IEND":
        length = int.from_bytes(raw[place : place + 4], "big")
        chunk, crc = raw[place + 4 : place + 8 + length], raw[place + 8 + length : place + 12 + length]
        if len(crc) < 4 or zlib.crc32(chunk) != int.from_bytes(crc, "big"):
            return False
        kind = chunk[:4]
        data += length if kind == b"IDAT" else 0
        place += 12 + length
    return data > 0


def _jpeg(raw: bytes) -> tuple[str, int, int] | None:
    """The size from the frame header, which follows other segments."""
    place = 2
    while place + 9 <= len(raw) and raw[place] == 0xFF:
        marker = raw[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = (int.from_bytes(raw[place + at : place + at + 2], "big") for at in (5, 7))
            return "image/jpeg", width, height
        place += 2 + max(2, int.from_bytes(raw[place + 2 : place + 4], "big"))
    return None


def _webp(raw: bytes) -> tuple[str, int, int] | None:
    kind = raw[12:16]
    if kind == b"VP8X":
        return "image/webp", int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        sides = (int.from_bytes(raw[at : at + 2], "little") & 0x3FFF for at in (26, 28))
        width, height = sides
        return "image/webp", width, height
    return None
