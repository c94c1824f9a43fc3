"""The bodies of Gardenlab's webhooks about the chain: mints, updates, moves, changes, budgets and signers.

A body is made by a function here alone. Their types are what the API reference makes schemas of; they are dictionaries
with types, so that the first event of a process builds no validator.
"""

from typing import (
    Annotated,
    Literal,
    NotRequired,  # as pydantic reads them before Python 3.12
)

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.chain.domain.budgets import Account
from chalicelib.chain.domain.causes import FailureCode
from chalicelib.chain.domain.changes import Change, ChangeKind
from chalicelib.core.clock import MOMENT_SCHEMA, moment_of
from chalicelib.gardenlab import domain
from chalicelib.gardenlab.models import TokenRow


class Names(TypedDict):
    """The NFT's ids; the partner may know it by the id of its reservation."""

    contract: str
    tokenId: str
    reservedTokenId: NotRequired[str]


class Written(TypedDict):
    """The transaction on the chain; a sample has `test` instead."""

    transactionUrl: str
    txHash: str
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


class Head(TypedDict):
    """What every body has."""

    actionType: str
    """The event's type."""
    at: Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)]


class _Failure(TypedDict):
    success: Literal[False]
    error: str
    code: FailureCode


class _Happened(Names, Head):
    pass


class MintDone(_Happened, Written):
    """An NFT is minted, and final."""

    success: Literal[True]
    """Whether it went on chain."""


class MintFailed(_Happened):
    """A mint failed for good; it may be asked for again."""

    success: Literal[False]
    error: str
    """Why the mint failed for good."""
    code: FailureCode
    """Why it failed, as a code; codes may be added."""


class InteractionDone(_Happened, Written):
    """A scan's metadata is on chain, and final."""

    success: Literal[True]
    sucess: Literal[True]
    """The same as `success`, in the spelling that receivers depend on."""
    actionAtInSeconds: str
    """The scan's time in unix seconds, as text."""
    newUri: str


class InteractionFailed(_Happened):
    """A scan's metadata did not come on chain, for good."""

    success: Literal[False]
    sucess: Literal[False]
    error: str
    """Why the update failed for good."""
    code: FailureCode
    actionAtInSeconds: str


class NftTransferred(_Happened, Written):
    """The token of a minted NFT went to another wallet, and that is final."""

    previousOwner: str
    """The wallet that held it."""
    owner: str
    """The wallet that holds it now."""


class NftBurned(_Happened, Written):
    """The token of a minted NFT was burned, and that is final."""

    previousOwner: str


class _OfChain(Head):
    chain: str
    """The chain's name."""
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


class BudgetNearlySpent(_OfChain):
    """What your NFTs may spend on a chain today is nearly spent."""

    day: str
    """The day of the budget, in UTC."""
    mints: int
    """Mints that became final today."""
    mintLimit: int | None
    """How many may; null: without limit."""
    updates: int
    """Updates of URIs that became final today."""
    updateLimit: int | None
    """How many may; null: without limit."""
    coins: str
    """What the day's final transactions cost, in the chain's coin, as decimal text."""
    coinLimit: str | None
    """What they may cost; null: without limit."""


class SignerLow(_OfChain):
    """The account that pays for a chain's mints and updates wants coins."""


class Asked(TypedDict):
    """Which change of which collection."""

    contract: str
    """The contract's address."""
    contractId: str
    """The collection's alias."""
    changeId: str
    """The change's id in its collection."""
    kind: ChangeKind
    """What was to be changed."""
    tokenId: NotRequired[str]
    """The token that a lock concerns."""
    contractUri: NotRequired[str]
    """Where the collection's metadata is to be."""
    royaltyReceiver: NotRequired[str | None]
    """Who is to receive royalties; null: nobody."""
    royaltyBasisPoints: NotRequired[int]
    """How much of a sale, in hundredths of a percent."""


class _Ended(Asked, Head):
    pass


class CollectionChanged(_Ended, Written):
    """A change of a collection's contract is final."""

    success: Literal[True]


class CollectionChangeFailed(_Ended):
    """A change of a collection's contract failed for good; it may be asked for again."""

    success: Literal[False]
    error: str
    """Why the change failed for good."""
    code: FailureCode


Moved = NftTransferred | NftBurned
ChangeEnded = CollectionChanged | CollectionChangeFailed
Body = MintDone | MintFailed | InteractionDone | InteractionFailed | Moved | BudgetNearlySpent | SignerLow | ChangeEnded


def names_of(row: TokenRow) -> Names:
    """Which NFT it is."""
    names: Names = {"contract": row.contract, "tokenId": row.token_id}
    return names if row.reserved_id is None else {**names, "reservedTokenId": row.reserved_id}


def head(event_type: str, at: int) -> Head:
    """The head of a body; `at` in microseconds."""
    return {"actionType": event_type, "at": moment_of(at)}


def minted(names: Names, written: Written, *, at: int) -> MintDone:
    """The NFT is minted; `at` in microseconds."""
    return {"success": True, **names, **head(domain.MINT_EVENT, at), **written}


def mint_failed(names: Names, *, at: int, code: FailureCode, reason: str) -> MintFailed:
    """The mint failed for good."""
    return {**_failure(code, reason), **names, **head(domain.MINT_EVENT, at)}


def updated(names: Names, written: Written, *, at: int, uri: str) -> InteractionDone:
    """The metadata after a scan of this time is on chain."""
    return {
        "sucess": True,
        "success": True,
        **names,
        "actionType": domain.INTERACTION_EVENT,
        "actionAtInSeconds": str(at // 1_000_000),
        "at": moment_of(at),
        **written,
        "newUri": uri,
    }


def update_failed(names: Names, *, at: int, code: FailureCode, reason: str) -> InteractionFailed:
    """The metadata after a scan of this time will not come on chain."""
    return {
        "sucess": False,
        **_failure(code, reason),
        **names,
        "actionType": domain.INTERACTION_EVENT,
        "actionAtInSeconds": str(at // 1_000_000),
        "at": moment_of(at),
    }


def transferred(names: Names, written: Written, *, at: int, previous: str, owner: str) -> NftTransferred:
    """The token is another wallet's; `at` is its block's time in microseconds."""
    return {**names, **head(domain.TRANSFER_EVENT, at), "previousOwner": previous, "owner": owner, **written}


def burned(names: Names, written: Written, *, at: int, previous: str) -> NftBurned:
    """The token is gone."""
    return {**names, **head(domain.BURN_EVENT, at), "previousOwner": previous, **written}


def asked(contract: str, contract_id: str, change_id: str, change: Change) -> Asked:
    """Which change it is."""
    names: Asked = {"contract": contract, "contractId": contract_id, "changeId": change_id, "kind": change.kind}
    if change.token_id is not None:
        names["tokenId"] = change.token_id
    if change.contract_uri is not None:
        names["contractUri"] = change.contract_uri
    if change.kind == "royalties":
        names["royaltyReceiver"] = change.royalty_receiver
        names["royaltyBasisPoints"] = change.royalty_basis_points
    return names


def changed(names: Asked, written: Written, *, at: int) -> CollectionChanged:
    """The change is on the chain."""
    return {"success": True, **names, **head(domain.COLLECTION_EVENT, at), **written}


def change_failed(names: Asked, *, at: int, code: FailureCode, reason: str) -> CollectionChangeFailed:
    """The change will not come on the chain."""
    return {**_failure(code, reason), **names, **head(domain.COLLECTION_EVENT, at)}


def budget_nearly_spent(chain: str, account: Account, *, at: int) -> BudgetNearlySpent:
    """Final transactions of the account's period took 80 percent of a limit."""
    limits, spent = account.limits, account.spent
    return {
        "actionType": domain.BUDGET_EVENT,
        "at": moment_of(at),
        "chain": chain,
        "day": account.day,
        "mints": spent.mints,
        "mintLimit": limits.mints,
        "updates": spent.updates,
        "updateLimit": limits.updates,
        "coins": decimal(spent.wei, COIN),
        "coinLimit": None if limits.wei is None else decimal(limits.wei, COIN),
    }


def signer_low(chain: str, *, at: int) -> SignerLow:
    """The chain's signer runs out of coins."""
    return {"actionType": domain.SIGNER_EVENT, "at": moment_of(at), "chain": chain}


def _failure(code: FailureCode, reason: str) -> _Failure:
    return {"success": False, "error": reason, "code": code}
