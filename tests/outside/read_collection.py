"""What web3.py makes of a collection of version 2.

Run in that library's environment: `python read_collection.py NODE ABI LIBRARY < ASKED`, of which LIBRARY is not used.
ASKED is JSON of `contract`, `interfaces` (ids by name), `key` of a holder, their locked `token`, and `to`, who would
have it. Burns the token. Prints JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.exceptions import ContractCustomError


def main(node: str, artifact: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Every interface, and what its functions and events say."""
    web3 = Web3(Web3.HTTPProvider(node))
    contract = web3.eth.contract(address=asked["contract"], abi=json.loads(artifact.read_text())["abi"])
    reads, token = contract.functions, asked["token"]
    holder = web3.eth.account.from_key(asked["key"])

    errors: dict[str, str] = {_selector(each): each["name"] for each in contract.abi if each["type"] == "error"}

    def refusal(ask: Any) -> str:
        try:
            ask()
        except ContractCustomError as error:
            return errors.get(str(error.data)[:10], str(error.data))
        return "nothing"

    transfer = reads.transferFrom(holder.address, asked["to"], token)
    found = {
        "interfaces": {name: reads.supportsInterface(id_).call() for name, id_ in asked["interfaces"].items()},
        "contract_uri": reads.contractURI().call(),
        "royalty": list(reads.royaltyInfo(token, 20_000).call()),
        "locked": reads.locked(token).call(),
        "locked_tokens": [each["args"]["tokenId"] for each in contract.events.Locked().get_logs(from_block=0)],
        "uri_changes": len(contract.events.ContractURIUpdated().get_logs(from_block=0)),
        "transfer": refusal(lambda: transfer.call({"from": holder.address})),
    }
    burn = reads.burn(token).build_transaction(
        {"from": holder.address, "nonce": web3.eth.get_transaction_count(holder.address)}
    )
    sent = web3.eth.send_raw_transaction(holder.sign_transaction(burn).raw_transaction)
    burned = web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    return {**found, "burned": burned, "owner": refusal(reads.ownerOf(token).call)}


def _selector(error: Any) -> str:
    signature = f"{error['name']}({','.join(each['type'] for each in error['inputs'])})"
    return str(Web3.to_hex(Web3.keccak(text=signature)[:4]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))))
