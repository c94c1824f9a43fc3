"""The metadata document, byte for byte, and its IPFS address."""

import json
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.chain.metadata import (
    MAX_DOCUMENT_BYTES,
    MetadataInvalid,
    canonical_json,
    cid_of,
    metadata_document,
    metadata_uri,
)

# Computed with ipfs-unixfs-importer 17.1.1 (npm): importer([{path: 'metadata.json', content}], blockstore,
# {cidVersion: 1, rawLeaves: true, wrapWithDirectory: true}), the last entry's CID.
PUBLIC_TOOL_CIDS = (
    (b"{}", "bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha"),
    (b'{"a":1}', "bafybeifwvf3hqepixc6zexirdjkko2onb4is3tuahawolfqcxrhzbxt3sm"),
    (b"x" * 300, "bafybeigwtxpntrskp6disdm5pirxmxkxtueeffhz3a73ensjq3ur74bipy"),
    ("é".encode() * 9000, "bafybeiak5z5doeqtqbjtmjsmxbqza55vhzkvtai2lz5skumdnbmjwayjda"),
    (b"z" * 262_144, "bafybeigoebygl3ynk32gm35qdj6gflr5ykgfhijcdig4gd4qqmro3ewcfq"),
)


def document(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "name": "VIP",
        "description": "A pass",
        "image": "https://example.com/vip.png",
        "external_url": "https://example.com/nft/1",
        "level": 2,
        "xp": Decimal("105.5"),
        "attributes": {"tier": "gold"},
    }
    return metadata_document(**fields | changes)


@pytest.mark.parametrize(("content", "cid"), PUBLIC_TOOL_CIDS, ids=lambda value: str(len(value)))
def test_the_cid_is_the_one_a_public_tool_computes(content: bytes, cid: str) -> None:
    assert cid_of(content) == cid


def test_a_document_longer_than_one_leaf_is_refused() -> None:
    with pytest.raises(MetadataInvalid, match="262145 bytes"):
        cid_of(bytes(MAX_DOCUMENT_BYTES + 1))


def test_the_uri_names_the_file_inside_the_directory() -> None:
    assert metadata_uri("bafy") == "ipfs://bafy/metadata.json"


def test_the_document_is_canonical_json_with_level_and_xp_among_the_traits() -> None:
    assert document() == (
        b'{"attributes":[{"trait_type":"level","value":2},{"trait_type":"xp","value":105.5},'
        b'{"trait_type":"tier","value":"gold"}],"description":"A pass",'
        b'"external_url":"https://example.com/nft/1","image":"https://example.com/vip.png","name":"VIP"}'
    )


def test_attributes_in_another_order_give_the_same_document() -> None:
    assert document(attributes={"b": 1, "a": 2}) == document(attributes={"a": 2, "b": 1})


@pytest.mark.parametrize("change", [{"xp": Decimal("105.500001")}, {"level": 3}, {"attributes": {"tier": "silver"}}])
def test_a_change_of_xp_level_or_attribute_gives_another_cid(change: dict[str, Any]) -> None:
    assert cid_of(document(**change)) != cid_of(document())


def test_an_attribute_called_xp_does_not_shadow_the_counted_xp() -> None:
    traits = json.loads(document(attributes={"xp": 9, "level": 9}))["attributes"]

    assert traits == [{"trait_type": "level", "value": 2}, {"trait_type": "xp", "value": 105.5}]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"),
        (5.0, "5"),
        (Decimal("5.000000"), "5"),
        (Decimal("1000000000"), "1000000000"),
        (Decimal("999999999.999999"), "999999999.999999"),
        (Decimal("0.000001"), "0.000001"),
        (Decimal("123456789012.123456"), "123456789012.123456"),
        (0, "0"),
        (-0.0, "0"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (10**20, "100000000000000000000"),
        # Samples of RFC 8785, appendix B.
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.33333329, "333333333.3333333"),
    ],
)
def test_a_number_has_its_one_canonical_form(number: float | Decimal, text: str) -> None:
    assert canonical_json(number) == text.encode()


def test_members_sort_by_utf16_code_units() -> None:
    # The sorting sample of RFC 8785, section 3.2.3.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]

    sorted_names = list(json.loads(canonical_json(dict.fromkeys(names, 0))))

    assert sorted_names == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_text_is_utf8_with_only_the_escapes_json_needs() -> None:
    assert canonical_json('é"\\/\b\u001f\u007f') == '"é\\"\\\\/\\b\\u001f\u007f"'.encode()


def test_nested_values_are_canonical_too() -> None:
    assert canonical_json({"b": [True, None, {"y": 1.0, "x": "z"}], "a": {}}) == (
        b'{"a":{},"b":[true,null,{"x":"z","y":1}]}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), "\ud800", b"bytes", {"k": object()}])
def test_a_value_without_json_form_is_refused(value: Any) -> None:
    with pytest.raises(MetadataInvalid):
        canonical_json(value)
