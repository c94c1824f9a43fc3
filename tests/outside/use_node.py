"""What web3.py makes of a node: filters, estimates, refusals.

Run in that library's environment: `python use_node.py NODE ABI < ASKED`. ASKED is JSON of `contract`, `key`
of its minter, `to`, `token` to mint, and `code` of a constructor. Prints JSON.
"""

import json
import sys
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.exceptions import ContractCustomError, Web3RPCError


def main(node: str, artifact: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Mints a token within a limit that was estimated, and reads what the filters tell of it."""
    web3 = Web3(Web3.HTTPProvider(node))
    contract = web3.eth.contract(address=asked["contract"], abi=json.loads(artifact.read_text())["abi"])
    minter = web3.eth.account.from_key(asked["key"])
    events = contract.events.Transfer().create_filter(from_block="latest")
    of_all = contract.events.Transfer().create_filter(from_block=0, argument_filters={"to": asked["to"]})
    of_others = contract.events.Transfer().create_filter(from_block=0, argument_filters={"to": minter.address})
    blocks, transactions = web3.eth.filter("latest"), web3.eth.filter("pending")
    mint = contract.functions.mint(asked["to"], asked["token"], "ipfs://outside")
    estimate = mint.estimate_gas({"from": minter.address})
    filled = mint.build_transaction({"from": minter.address, "nonce": web3.eth.get_transaction_count(minter.address)})
    sent = web3.eth.send_raw_transaction(minter.sign_transaction(filled).raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent)
    return {
        "estimate_suffices": receipt["status"] == 1 and receipt["gasUsed"] <= estimate <= 1.2 * receipt["gasUsed"],
        "events": [event["args"]["tokenId"] for event in events.get_new_entries()],
        "events_again": events.get_new_entries(),
        "events_of_all": asked["token"] in [event["args"]["tokenId"] for event in of_all.get_all_entries()],
        "events_of_others": of_others.get_all_entries(),
        "block_seen": receipt["blockHash"] in blocks.get_new_entries(),
        "transaction_seen": sent in transactions.get_new_entries(),
        "removed": web3.eth.uninstall_filter(events.filter_id),
        "after_removal": _words(events.get_new_entries),
        "refusal": _custom_error(contract, lambda: mint.estimate_gas({"from": minter.address})),
        "refusal_of_stranger": _custom_error(contract, lambda: mint.call({"from": asked["to"]})),
        "too_dear": _words(lambda: web3.eth.estimate_gas({"from": asked["to"], "to": minter.address, "value": 10**30})),
        "without_to": web3.to_hex(web3.eth.call({"data": asked["code"]})),
    }


def _custom_error(contract: Any, ask: Any) -> str:
    try:
        ask()
    except ContractCustomError as error:
        return _name_of(contract, str(error.data))
    return "nothing"


def _name_of(contract: Any, data: str) -> str:
    for entry in contract.abi:
        if entry["type"] == "error":
            signature = f"{entry['name']}({','.join(each['type'] for each in entry['inputs'])})"
            if data.startswith(Web3.to_hex(Web3.keccak(text=signature)[:4])):
                return str(entry["name"])
    return data


def _words(ask: Any) -> str:
    try:
        ask()
    except Web3RPCError as error:
        return str(error.rpc_response["error"]["message"] if error.rpc_response else error)
    return "nothing"


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin))))
