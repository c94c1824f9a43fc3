"""Sends signed transactions one after the other, each mined before the next."""

import time

from chalicelib.chain import contract, contract_v2
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.signing import Eip1559Transaction, KeySigner, SignedTransaction, Signer
from local.chain import start_chain

GWEI = 10**9
ETHER = 10**18
_DEPLOYMENT_GAS = 5_000_000


def funder() -> KeySigner:
    """The account of the local run's chain that everything there was given to."""
    node = start_chain()
    assert node is not None, "the tests want the embedded chain"
    return KeySigner(node.funder_key)


class Sender:
    """One signer on one node, with every raw transaction it sent."""

    def __init__(self, rpc: Rpc, signer: Signer) -> None:
        self.rpc = rpc
        self.signer = signer
        self.sent: list[SignedTransaction] = []

    def signed(
        self,
        to: str | None,
        data: bytes = b"",
        *,
        value: int = 0,
        gas: int = 3_000_000,
        ahead: int = 0,
        max_fee: int = 3 * GWEI,
    ) -> SignedTransaction:
        """A transaction with the signer's next nonce, or one `ahead` of it."""
        return self.signer.sign(
            Eip1559Transaction(
                chain_id=self.rpc.chain_id(),
                nonce=self.rpc.nonce(self.signer.address) + ahead,
                max_priority_fee_per_gas=min(GWEI, max_fee),
                max_fee_per_gas=max_fee,
                gas=gas,
                to=to,
                data=data,
                value=value,
            )
        )

    def send(self, to: str | None, data: bytes = b"", *, value: int = 0, gas: int = 3_000_000) -> Receipt:
        """The receipt, whether the transaction succeeded or not."""
        signed = self.signed(to, data, value=value, gas=gas)
        self.rpc.send_raw(signed.raw)
        self.sent.append(signed)
        deadline = time.monotonic() + 120
        while (receipt := self.rpc.receipt(signed.hash)) is None:
            assert time.monotonic() < deadline, "the node did not mine in time"
            time.sleep(0.01)
        return receipt

    def deploy(
        self, name: str = "Summer Party", symbol: str = "SUMMER", *, settings: contract_v2.Settings | None = None
    ) -> str:
        """The address of a new collection whose minter is the signer: version 2 with settings, version 1 without."""
        own = self.signer.address
        if settings is None:
            data = contract.deployment_data(name, symbol, own)
        else:
            data = contract_v2.deployment_data(name, symbol, own, settings)
        receipt = self.send(None, data, gas=_DEPLOYMENT_GAS)
        assert receipt.succeeded
        assert receipt.contract_address is not None
        return receipt.contract_address
