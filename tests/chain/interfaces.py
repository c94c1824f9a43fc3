"""The interfaces of version 2 of the collection contract, by their ERC-165 ids."""

from typing import Final

INTERFACES: Final = {
    "ERC-165": "0x01ffc9a7",
    "ERC-721": "0x80ac58cd",
    "ERC-721 metadata": "0x5b5e139f",
    "ERC-2981": "0x2a55205a",
    "ERC-4906": "0x49064906",
    "ERC-5192": "0xb45a3c0e",
    "ERC-7572": "0xe8a3d485",
    "roles": "0x7965db0b",
    "burn(uint256)": "0x42966c68",
}
NO_INTERFACE: Final = "0xffffffff"
