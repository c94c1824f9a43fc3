"""A sale by web3.py. Run in that library's environment: `python send_token.py NODE ABI < SALE`.

NODE is an address of JSON-RPC, ABI the file of the contract's artifact, SALE JSON of `contract`, `token`, `key`, which
is the holder's, and `to`. Prints the transaction's hash.
"""

import json
import sys
from pathlib import Path
from typing import Any

from web3 import Web3


def main(node: str, artifact: Path, sale: dict[str, Any]) -> str:
    """Transfers the token as its holder would."""
    web3 = Web3(Web3.HTTPProvider(node))
    contract = web3.eth.contract(address=sale["contract"], abi=json.loads(artifact.read_text())["abi"])
    holder = web3.eth.account.from_key(sale["key"])
    call = contract.functions.safeTransferFrom(holder.address, sale["to"], sale["token"])
    nonce = web3.eth.get_transaction_count(holder.address)
    signed = holder.sign_transaction(call.build_transaction({"from": holder.address, "nonce": nonce}))
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction))
    assert receipt["status"] == 1
    return str(receipt["transactionHash"].to_0x_hex())


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))))
