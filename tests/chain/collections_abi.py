"""Calls of a collection's contract that the platform does not make: those of its holders and its administrator."""

from chalicelib.chain.abi import encode_call
from chalicelib.chain.addresses import keccak256


def transfer_call(sender: str, recipient: str, token_id: int) -> bytes:
    """A holder's or an operator's transfer."""
    return encode_call("transferFrom(address,address,uint256)", sender, recipient, token_id)


def burn_call(token_id: int) -> bytes:
    """A holder's or an operator's burn."""
    return encode_call("burn(uint256)", token_id)


def approve_call(operator: str, token_id: int) -> bytes:
    """Makes somebody the operator of a token."""
    return encode_call("approve(address,uint256)", operator, token_id)


def set_royalty_call(receiver: str, basis_points: int) -> bytes:
    """The administrator's change of the royalties."""
    return encode_call("setRoyalty(address,uint96)", receiver, basis_points)


def set_contract_uri_call(uri: str) -> bytes:
    """The administrator's change of the address of the collection's metadata."""
    return encode_call("setContractURI(string)", uri)


def set_locked_call(token_id: int, *, is_locked: bool) -> bytes:
    """The administrator's lock of a token, or its end."""
    return encode_call("setLocked(uint256,bool)", token_id, is_locked)


def grant_minter_call(account: str) -> bytes:
    """The administrator's grant of the minter's role."""
    return encode_call("grantRole(bytes32,address)", keccak256(b"MINTER_ROLE"), account)
