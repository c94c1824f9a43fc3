"""What web3.py reads of a minted token. Run in that library's environment: `python read_token.py NODE ABI < MINT`.

NODE is an address of JSON-RPC, ABI the file of the contract's artifact, MINT JSON of `contract`, `token` and
`transaction`. Prints JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from web3 import Web3


def main(node: str, artifact: Path, mint: dict[str, Any]) -> dict[str, Any]:
    """Everything about the token that the chain tells a reader who knows address and ABI alone."""
    web3 = Web3(Web3.HTTPProvider(node))
    contract = web3.eth.contract(address=mint["contract"], abi=json.loads(artifact.read_text())["abi"])
    transfers = contract.events.Transfer()
    receipt = web3.eth.get_transaction_receipt(mint["transaction"])
    sent = web3.eth.get_transaction(mint["transaction"])
    function, _ = contract.decode_function_input(sent["input"])
    return {
        "owner": contract.functions.ownerOf(mint["token"]).call(),
        "uri": contract.functions.tokenURI(mint["token"]).call(),
        "status": receipt["status"],
        "to": sent["to"],
        "function": function.fn_name,
        "in_receipt": [_told(event) for event in transfers.process_receipt(receipt)],
        "in_logs": [
            _told(event) for event in transfers.get_logs(from_block=0, argument_filters={"tokenId": mint["token"]})
        ],
    }


def _told(event: Any) -> dict[str, Any]:
    return {**event["args"], "transaction": Web3.to_hex(event["transactionHash"])}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))))
