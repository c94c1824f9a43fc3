"""Wallets that hold tokens, and what their owners do on the chain themselves."""

from secrets import token_hex

from eth_abi.abi import encode

from chalicelib.chain.addresses import keccak256
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.signing import KeySigner
from tests.chain.sender import ETHER, Sender, funder


class Wallet:
    """A new key; `sender` sends from it on one chain."""

    def __init__(self, rpc: Rpc) -> None:
        self.key = "0x" + token_hex(32)
        self.sender = Sender(rpc, KeySigner(self.key))
        self.address = self.sender.signer.address

    def give(self, contract: str, token_id: int, to: str) -> Receipt:
        """Transfers a token that the wallet holds."""
        receipt = self.call(contract, "transferFrom(address,address,uint256)", self.address, to, token_id)
        assert receipt.succeeded
        return receipt

    def burn(self, contract: str, token_id: int) -> Receipt:
        """Burns a token that the wallet holds."""
        receipt = self.call(contract, "burn(uint256)", token_id)
        assert receipt.succeeded
        return receipt

    def call(self, contract: str, signature: str, *arguments: object) -> Receipt:
        """Calls a contract by a method's signature."""
        return self.sender.send(contract, call_data(signature, *arguments), gas=400_000)


def call_data(signature: str, *arguments: object) -> bytes:
    """The data of a call by a method's signature."""
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak256(signature.encode())[:4] + encode(types, arguments)


def funded_on_local_chain(rpc: Rpc) -> Wallet:
    """A wallet with some coins on the local run's chain."""
    wallet = Wallet(rpc)
    Sender(rpc, funder()).send(wallet.address, value=ETHER, gas=21_000)
    return wallet
