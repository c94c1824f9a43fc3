"""The metadata documents of NFTs and collections, and the IPFS address that any IPFS tool computes for one.

The document is JSON in canonical form (RFC 8785), so equal metadata is equal bytes. Its address names a
UnixFS directory that holds it as the one raw leaf `metadata.json`: what `ipfs add --cid-version 1
--wrap-with-directory metadata.json` prints. Sources: https://ipld.io/specs/codecs/dag-pb/spec/,
https://specs.ipfs.tech/unixfs/, https://github.com/multiformats/cid.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

LEAF_NAME: Final = "metadata.json"
# A longer file is no longer one leaf under the default chunker of IPFS tools.
MAX_DOCUMENT_BYTES: Final = 256 * 1024

_CID_VERSION: Final = 1
_RAW: Final = 0x55
_DAG_PB: Final = 0x70
_SHA2_256: Final = 0x12
# The UnixFS message of a directory, `Data {Type: Directory}`.
_UNIXFS_DIRECTORY: Final = b"\x08\x01"
# Field and wire type of dag-pb: PBNode.Data = 1, PBNode.Links = 2; PBLink.Hash = 1, .Name = 2, .Tsize = 3 (a
# varint).
_NODE_DATA, _NODE_LINKS, _LINK_HASH, _LINK_NAME, _LINK_TSIZE = 0x0A, 0x12, 0x0A, 0x12, 0x18


class MetadataInvalid(ValueError):
    """The value has no canonical JSON form, or its document is longer than one leaf."""


def metadata_document(
    *,
    name: str,
    description: str,
    image: str,
    external_url: str,
    level: int,
    xp: Decimal | int,
    attributes: Mapping[str, Any],
) -> bytes:
    """The canonical JSON of an NFT: `level` and `xp` first among its traits, then its own by name.

    An attribute of the NFT that is itself called `level` or `xp` is left out. Numbers are exact and have one
    form each: 5, 5.0 and Decimal("5.00") are all `5`. Raises `MetadataInvalid`.
    """
    own = [(trait, attributes[trait]) for trait in sorted(attributes) if trait not in ("level", "xp")]
    traits = [("level", level), ("xp", xp), *own]
    return canonical_json(
        {
            "name": name,
            "description": description,
            "image": image,
            "external_url": external_url,
            "attributes": [{"trait_type": trait, "value": value} for trait, value in traits],
        }
    )


def collection_document(*, name: str, symbol: str, description: str, image: str, external_link: str) -> bytes:
    """The canonical JSON of a collection (ERC-7572), without what is empty. Raises `MetadataInvalid`."""
    optional = {"description": description, "image": image, "external_link": external_link}
    return canonical_json({"name": name, "symbol": symbol, **{key: text for key, text in optional.items() if text}})


def metadata_uri(cid: str) -> str:
    """The URI of the document whose directory is `cid`."""
    return f"ipfs://{cid}/{LEAF_NAME}"


def document_cid(uri: str) -> str | None:
    """The `cid` of such a URI; None for a URI of another form."""
    scheme, leaf = "ipfs://", f"/{LEAF_NAME}"
    return uri[len(scheme) : -len(leaf)] if uri.startswith(scheme) and uri.endswith(leaf) else None


def cid_of(document: bytes) -> str:
    """The CIDv1 (base32) of the directory that holds `document` as `metadata.json`.

    Raises `MetadataInvalid` beyond 256 KiB.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise MetadataInvalid(f"the document has {len(document)} bytes, more than {MAX_DOCUMENT_BYTES}")
    leaf = _cid(_RAW, document)
    link = (
        _field(_LINK_HASH, leaf)
        + _field(_LINK_NAME, LEAF_NAME.encode())
        + bytes([_LINK_TSIZE])
        + _varint(len(document))
    )
    # Links come before Data: the order that dag-pb prescribes, though its field numbers say otherwise.
    directory = _field(_NODE_LINKS, link) + _field(_NODE_DATA, _UNIXFS_DIRECTORY)
    return "b" + base64.b32encode(_cid(_DAG_PB, directory)).decode().rstrip("=").lower()


def canonical_json(value: Any) -> bytes:
    """RFC 8785: members sorted by UTF-16 code units, no blanks, one form for each number, UTF-8.

    Numbers finer than a double keep all their digits. Raises `MetadataInvalid` for NaN, infinities, lone
    surrogates and types that JSON lacks.
    """
    try:
        return _text(value).encode()
    except UnicodeEncodeError as error:
        raise MetadataInvalid("the text holds half of a surrogate pair") from error


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_text(key)}:{_text(item)}" for key, item in members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_text(item) for item in value) + "]"
    raise MetadataInvalid(f"{type(value).__name__} has no JSON form")


def _number(value: float | Decimal) -> str:
    """The ECMAScript form of a number: plain from 1e-6 up to 1e21, else with an exponent."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite():
        raise MetadataInvalid("NaN and infinities have no JSON form")
    sign, digit_tuple, exponent = exact.as_tuple()
    assert isinstance(exponent, int)
    written = "".join(map(str, digit_tuple)).lstrip("0")
    digits = written.rstrip("0")
    if not digits:
        return "0"
    # The value is 0.digits * 10 ** point.
    point = len(written) + exponent
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        text = f"{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return "-" + text if sign else text


def _cid(codec: int, block: bytes) -> bytes:
    digest = hashlib.sha256(block).digest()
    return bytes([_CID_VERSION, codec, _SHA2_256, len(digest)]) + digest


def _field(tag: int, payload: bytes) -> bytes:
    return bytes([tag]) + _varint(len(payload)) + payload


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
