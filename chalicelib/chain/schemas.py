"""The wire of the chains' signers (admin surface)."""

from chalicelib.chain.domain.causes import Cause
from chalicelib.core.schemas import Read


class SignerRead(Read):
    """A chain's signer. `balance` is decimal text in the chain's coin; what the node did not tell is null."""

    chain: str
    address: str | None
    key: str | None
    balance: str | None
    low: bool | None
    next_nonce: int | None
    in_flight: int | None
    waits_for: Cause | None
    error: str | None
