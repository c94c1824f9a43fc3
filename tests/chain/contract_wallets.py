"""Wallets that are contracts of one key, deployed and not yet."""

import json
from pathlib import Path

from eth_abi.abi import decode, encode
from eth_account import Account
from eth_account.messages import encode_defunct

from chalicelib.chain.rpc import Rpc
from tests.chain.holders import call_data
from tests.chain.sender import Sender, funder

_ARTIFACTS = Path(__file__).parent / "artifacts"
_WRAPPED = "6492" * 16
NOBODY = "0x" + "00" * 20


class ContractWallets:
    """A factory of wallets on a chain; wallets of one owner have one address, deployed or not."""

    def __init__(self, rpc: Rpc) -> None:
        self._sender = Sender(rpc, funder())
        code = bytes.fromhex(json.loads((_ARTIFACTS / "TestWalletFactory.json").read_text())["bytecode"][2:])
        address = self._sender.send(None, code).contract_address
        assert address is not None
        self.factory = address

    def address_of(self, owner: str) -> str:
        """Where the owner's wallet is, or will be."""
        answer = self._sender.rpc.eth_call(to=self.factory, data=call_data("addressOf(address)", owner))
        (address,) = decode(["address"], answer)
        return bytes.fromhex(address[2:]).hex()

    def deploy(self, owner: str) -> None:
        """Deploys the owner's wallet."""
        assert self._sender.send(self.factory, _creation(owner)).succeeded

    def wrapped(self, owner: str, signature: str) -> str:
        """The signature with the call that deploys the wallet (ERC-6492)."""
        inner = encode(["address", "bytes", "bytes"], [self.factory, _creation(owner), bytes.fromhex(signature[2:])])
        return "0x" + inner.hex() + _WRAPPED


class Owner:
    """A key that owns a contract wallet."""

    def __init__(self) -> None:
        self._account = Account.create()
        self.address = str(self._account.address)

    def sign(self, text: str) -> str:
        """What the key signs of the text."""
        return "0x" + bytes(self._account.sign_message(encode_defunct(text=text)).signature).hex()


def _creation(owner: str) -> bytes:
    return call_data("create(address)", owner)
