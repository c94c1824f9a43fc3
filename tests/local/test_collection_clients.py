"""A collection of version 2 in the hands of web3.py, ethers and viem: interfaces, settings, locks, burning."""

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.signing import KeySigner
from infra import ROOT
from local.chain.evm import EvmNode
from tests.chain import collections_abi as calls
from tests.chain.interfaces import INTERFACES, NO_INTERFACE
from tests.chain.sender import ETHER, Sender
from tests.outside.libraries import LIBRARIES, answer_of

_PUBLISHED = ROOT / "contracts" / "artifacts" / "SpacegardenCollectionV2.json"
_RECEIVER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_HOLDERS_KEY = "0x" + "42" * 32
_URI = "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/metadata.json"
_TOKENS = {library: 1 + number for number, library in enumerate(LIBRARIES)}


@pytest.fixture(scope="module")
def contract(funder: Sender) -> str:
    """A collection with a locked token for each library, whose metadata have moved once."""
    settings = Settings(_URI, royalty_receiver=_RECEIVER, royalty_basis_points=250, lock=LockPolicy.TOKEN)
    address = funder.deploy(settings=settings)
    holder = KeySigner(_HOLDERS_KEY).address
    funder.send(holder, value=ETHER, gas=21_000)
    funder.send(address, collection.mint_batch_call([(holder, token, _URI) for token in _TOKENS.values()]))
    for token in _TOKENS.values():
        funder.send(address, calls.set_locked_call(token, is_locked=True))
    assert funder.send(address, calls.set_contract_uri_call("ipfs://moved")).succeeded
    return address


@pytest.mark.parametrize("library", LIBRARIES)
def test_library_reads_every_interface_of_a_collection_and_burns(node: EvmNode, contract: str, library: str) -> None:
    interfaces = {**INTERFACES, "none": NO_INTERFACE}
    asked = {
        "contract": contract,
        "interfaces": interfaces,
        "key": _HOLDERS_KEY,
        "token": _TOKENS[library],
        "to": _RECEIVER,
    }
    assert answer_of(library, "read_collection", node=node.url, artifact=_PUBLISHED, asked=asked) == {
        "interfaces": {name: name != "none" for name in interfaces},
        "contract_uri": "ipfs://moved",
        "royalty": [_RECEIVER, 500],
        "locked": True,
        "locked_tokens": list(_TOKENS.values()),
        "uri_changes": 1,
        "transfer": "TokenLocked",
        "burned": True,
        "owner": "ERC721NonexistentToken",
    }
