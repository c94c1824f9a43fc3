"""The interface of the surface whose tokens the worker mints: what the worker asks of it, and tells it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from chalicelib.chain.addresses import ZERO_ADDRESS
from chalicelib.chain.contract_v2 import Settings
from chalicelib.chain.domain.budgets import Account
from chalicelib.chain.domain.causes import FailureCode
from chalicelib.chain.domain.changes import Change
from chalicelib.chain.service.outbox import TokenReference
from chalicelib.core.transactions import Transaction


class Standing(NamedTuple):
    """How a token stands with its surface. `token` is another than was asked about where it took another id since."""

    token: TokenReference
    is_minted: bool


class Minted(NamedTuple):
    """A final mint. `cost` is its share of what its transaction cost, in wei; None where that is not known.

    It is not known of a token that was found on the chain.
    """

    recipient: str
    uri: str
    transaction_hash: str
    transaction_url: str
    at: datetime
    attempt: int
    cost: int | None = None


class Updated(NamedTuple):
    """A final URI update, for one of the scans that it carried; `cost` as in a mint."""

    scan_number: int
    uri: str
    transaction_hash: str
    transaction_url: str
    at: datetime
    cost: int | None = None


class Changed(NamedTuple):
    """A final change of a contract, at a place on the chain; `cost` as in a mint."""

    number: int
    change: Change
    place: str
    transaction_hash: str
    transaction_url: str
    at: datetime
    cost: int | None = None


class Failure(NamedTuple):
    """A failed job; `number` is the mint's attempt, the scan's or the change's, `reason` the cause in words."""

    number: int
    code: FailureCode
    reason: str
    at: datetime


class Move(NamedTuple):
    """A final change of hands, addresses in EIP-55 form. `position` orders what happened to a token."""

    sender: str
    recipient: str
    transaction_hash: str
    transaction_url: str
    at: datetime
    position: str

    @property
    def is_mint(self) -> bool:
        """Whether nobody had the token before."""
        return self.sender == ZERO_ADDRESS

    @property
    def is_burn(self) -> bool:
        """Whether nobody has the token any more."""
        return self.recipient == ZERO_ADDRESS


class Locking(NamedTuple):
    """A token was locked, or unlocked, at a place on the chain."""

    is_locked: bool
    place: str


class NearlySpent(NamedTuple):
    """A partner's budget on a chain, of which final transactions took 80 percent in the account's period."""

    chain: str
    account: Account
    at: datetime


class SignerLow(NamedTuple):
    """A chain's signer wants coins; `since`, in microseconds, tells this time from others."""

    chain: str
    since: int


class TokenOwner(Protocol):
    """The surface whose tokens are minted. Methods with a transaction add to that which ends the job."""

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
        """The mint can never succeed."""
        ...

    def update_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """The URI update can never succeed."""
        ...

    def changed(self, transaction: Transaction, token: TokenReference, outcome: Changed) -> None:
        """A change of the contract is final; the token is the one that it concerns, or stands for the collection."""
        ...

    def change_failed(self, transaction: Transaction, token: TokenReference, failure: Failure) -> None:
        """The change can never succeed."""
        ...

    def budget_nearly_spent(self, transaction: Transaction, origin: str, budget: NearlySpent) -> None:
        """A partner's budget of the day is nearly spent; told once a day."""
        ...

    def moved(self, token: TokenReference, move: Move) -> bool:
        """Writes that a token changed hands, once however often it is told; False where it must be told later.

        That is so while the mint of the token is not ended. What lies before the token's latest move changes nothing.
        """
        ...

    def uri_changed(self, token: TokenReference, read_uri: Callable[[], str | None]) -> None:
        """Writes the URI that somebody else has set; `read_uri` gives what the chain holds."""
        ...

    def lock_changed(self, token: TokenReference, locking: Locking) -> bool:
        """Writes whether a token is locked, unless a later place says so; False where it must be told later."""
        ...

    def settings_changed(
        self, collection: TokenReference, place: str, read_settings: Callable[[], Settings | None]
    ) -> None:
        """Writes what the contract has since this place; `read_settings` asks the chain, None where it is not ours."""
        ...

    def contracts(self, chain: str) -> Iterable[tuple[str, str, str]]:
        """Address, origin and contract id of every collection on a chain."""
        ...


class CollectionOwner(Protocol):
    """The surface whose collections lie on the chains, as the look at the signers tells it."""

    def contracts(self, chain: str) -> Iterable[tuple[str, str, str]]:
        """Address, origin and contract id of every collection on a chain."""
        ...

    def signer_low(self, origin: str, low: SignerLow) -> None:
        """Tells a partner that a chain's signer wants coins, once however often it is called for the same `low`."""
        ...
