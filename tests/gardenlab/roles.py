"""Who may mint on a collection's contract, changed on the chain itself by the signer, which is its admin."""

from eth_abi.abi import encode

from chalicelib.chain.addresses import keccak256
from chalicelib.chain.contract import has_minter_role
from chalicelib.chain.service import jobs, submissions, watching
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.submissions import Call
from chalicelib.chain.service.watching import Fate
from chalicelib.gardenlab.service.outcomes import GardenlabTokens


def allow_minting(contract: str, allowed: bool) -> None:
    """Grants MINTER_ROLE to the platform's signer, or revokes it, and waits until the chain says so."""
    node = node_of("local")
    signature = "grantRole(bytes32,address)" if allowed else "revokeRole(bytes32,address)"
    arguments = encode(["bytes32", "address"], [keccak256(b"MINTER_ROLE"), node.signer.address])
    call = Call(contract, keccak256(signature.encode())[:4] + arguments, gas=100_000)
    row = submissions.sign_and_store(node, call)
    submissions.broadcast(node, row)
    for _ in range(200):
        if watching.look(node, row).fate is not Fate.WAITING:
            break
    jobs.confirm(row.pk, row.sk, GardenlabTokens())
    assert has_minter_role(node.rpc, contract, node.signer.address) is allowed
