"""The demo's drawing, which is generated, so that no picture lies among the sources."""

import base64
import zlib
from struct import pack

_WIDTH, _HEIGHT = 240, 160
_SKY, _SUN, _HILL, _NEAR = (198, 232, 240), (247, 196, 92), (108, 178, 132), (58, 130, 96)


def drawing() -> str:
    """A sun behind two hills: a PNG as Base64."""
    rows = b"".join(b"\x00" + b"".join(bytes(_colour(x, y)) for x in range(_WIDTH)) for y in range(_HEIGHT))
    head = pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)).decode()


def _colour(x: int, y: int) -> tuple[int, int, int]:
    if y > 108 + (x - 60) ** 2 / 420:
        return _NEAR
    if y > 92 + (x - 180) ** 2 / 360:
        return _HILL
    return _SUN if (x - 118) ** 2 + (y - 66) ** 2 < 30**2 else _SKY


def _chunk(kind: bytes, content: bytes) -> bytes:
    return pack(">I", len(content)) + kind + content + pack(">I", zlib.crc32(kind + content))
