"""Signed transactions as the embedded chain keeps them."""

from collections.abc import Mapping
from typing import Any

from chalicelib.chain.addresses import address_from_bytes


class RawTransaction:
    """A signed transaction as its sender sent it (`raw`), with py-evm's reading of it."""

    def __init__(self, raw: str, decoded: Any, sender: str, chain_id: int) -> None:
        self.raw = raw
        self.sender = sender
        self._chain_id = chain_id
        self.hash: str = "0x" + decoded.hash.hex()
        self.nonce: int = decoded.nonce
        self.decoded = decoded

    def outbids(self, present: "RawTransaction") -> bool:
        """geth's rule for a replacement: both fees at least 10 % above the present ones."""
        new, old = self.decoded, present.decoded
        return all(
            10 * offered >= 11 * asked
            for offered, asked in (
                (new.max_fee_per_gas, old.max_fee_per_gas),
                (new.max_priority_fee_per_gas, old.max_priority_fee_per_gas),
            )
        )

    def as_json(self, receipt: Mapping[str, Any] | None) -> dict[str, Any]:
        """What `eth_getTransactionByHash` answers, with the place in the chain where there is a receipt."""
        decoded = self.decoded
        first_byte = int(self.raw.removeprefix("0x")[:2], 16)
        # Below 0xc0 it is the type of EIP-2718; a list of RLP, so a transaction of before it, begins at 0xc0.
        kind = first_byte if first_byte < 0xC0 else 0
        mined = receipt or {}
        return {
            "hash": self.hash,
            "type": hex(kind),
            "chainId": hex(self._chain_id),
            "from": self.sender,
            "to": address_from_bytes(decoded.to) if decoded.to else None,
            "nonce": hex(self.nonce),
            "value": hex(decoded.value),
            "input": "0x" + decoded.data.hex(),
            "gas": hex(decoded.gas),
            "gasPrice": mined.get("effectiveGasPrice", hex(decoded.max_fee_per_gas)),
            "maxFeePerGas": hex(decoded.max_fee_per_gas),
            "maxPriorityFeePerGas": hex(decoded.max_priority_fee_per_gas),
            "accessList": [],
            "v": hex(decoded.y_parity),
            "yParity": hex(decoded.y_parity),
            "r": hex(decoded.r),
            "s": hex(decoded.s),
            "blockHash": mined.get("blockHash"),
            "blockNumber": mined.get("blockNumber"),
            "transactionIndex": mined.get("transactionIndex"),
        }
