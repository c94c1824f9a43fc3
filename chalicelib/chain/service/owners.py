"""What the worker asks of the surface whose tokens it mints, and tells it of."""

from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.chain.domain.causes import FailureCode
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.core.transactions import Transaction


class Standing(NamedTuple):
    """How a token stands with its surface. `token` is another than was asked about where it took another id since."""

    token: TokenReference
    is_minted: bool


class Minted(NamedTuple):
    """A final mint."""

    recipient: str
    uri: str
    transaction_hash: str
    transaction_url: str
    at: datetime
    attempt: int


class Updated(NamedTuple):
    """A final URI update, for one of the scans that it carried."""

    scan_number: int
    uri: str
    transaction_hash: str
    transaction_url: str
    at: datetime


class Failure(NamedTuple):
    """A job without hope; `number` is the mint's attempt, or the scan's number, `reason` the cause in words."""

    number: int
    code: FailureCode
    reason: str
    at: datetime


class TokenOwner(Protocol):
    """The surface whose tokens are minted. Each method adds to the transaction that ends the job."""

    def document(self, token: TokenReference) -> bytes:
        """The token's metadata as it stands now."""
        ...

    def standing(self, token: TokenReference) -> Standing:
        """Which token it is now, and whether its mint is final."""
        ...

    def minted(self, transaction: Transaction, token: TokenReference, outcome: Minted) -> None:
        """The mint is final."""
        ...

    def updated(self, transaction: Transaction, token: TokenReference, outcome: Updated) -> None:
        """A URI update is final."""
        ...

    def mint_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """The mint has no hope."""
        ...

    def update_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """The URI update has no hope."""
        ...
