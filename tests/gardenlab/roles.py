"""Who may mint on a collection's contract, and what others mint there: done on the chain itself by the signer."""

from eth_abi.abi import encode

from chalicelib.chain.addresses import keccak256
from chalicelib.chain.contract import has_minter_role, mint_call, owner_of
from chalicelib.chain.service import jobs, submissions, watching
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.submissions import Call
from chalicelib.chain.service.watching import Fate
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from tests.platform import OTHER_HOLDER


def allow_minting(contract: str, allowed: bool) -> None:
    """Grants MINTER_ROLE to the platform's signer, or revokes it, and waits until the chain says so."""
    node = node_of("local")
    signature = "grantRole(bytes32,address)" if allowed else "revokeRole(bytes32,address)"
    arguments = encode(["bytes32", "address"], [keccak256(b"MINTER_ROLE"), node.signer.address])
    _send(contract, keccak256(signature.encode())[:4] + arguments)
    assert has_minter_role(node.rpc, contract, node.signer.address) is allowed


def mint_elsewhere(contract: str, token_id: int, *, to: str = OTHER_HOLDER, uri: str = "ipfs://elsewhere") -> None:
    """Mints a token past the platform's jobs, as somebody else with the role would, and waits until it is there."""
    _send(contract, mint_call(to, token_id, uri))
    assert owner_of(node_of("local").rpc, contract, token_id) == to


def _send(contract: str, data: bytes) -> None:
    node = node_of("local")
    row = submissions.sign_and_store(node, Call(contract, data, gas=400_000))
    submissions.broadcast(node, row)
    for _ in range(200):
        if watching.look(node, row).fate is not Fate.WAITING:
            break
    jobs.confirm(row.pk, row.sk, GardenlabTokens())
