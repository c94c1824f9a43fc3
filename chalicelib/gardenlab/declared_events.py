"""Gardenlab's event types as the API reference shows them, with an example body of each."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalicelib.chain.domain.budgets import Account, Amounts, Limits
from chalicelib.chain.domain.changes import Change
from chalicelib.core.clock import epoch_micros, now
from chalicelib.gardenlab import domain, event_bodies, user_event_bodies

Body = event_bodies.Body | user_event_bodies.Body

_SAMPLE_ACCOUNT = Account(Limits(mints=100), "2025-06-08.sample", Amounts(80, 12, 83_700_000_000_000_000))
_APPLIED = domain.Applied(95_000_000, 100_000_000, 1, 2, False, {}, {})
_NOBODY = "0x" + "0" * 40
_NOWHERE: event_bodies.Names = {"contract": _NOBODY, "tokenId": "0"}
_NO_HASH = "0x" + "0" * 64
_UNWRITTEN: event_bodies.Written = {"transactionUrl": f"https://example.com/tx/{_NO_HASH}", "txHash": _NO_HASH}


class Case(NamedTuple):
    """The values in a sample, or in an example of the reference; `at` in microseconds."""

    names: event_bodies.Names
    written: event_bodies.Written
    at: int
    uri: str
    previous: str
    owner: str
    user: user_event_bodies.UserNames
    asked: event_bodies.Asked


class Declared(NamedTuple):
    """An event type in the reference: the type of its bodies, and the body of a success."""

    body: Any
    body_of: Callable[[Case], Body]
    summary: str
    description: str


DECLARED: Mapping[str, Declared] = {
    domain.MINT_EVENT: Declared(
        event_bodies.MintDone | event_bodies.MintFailed,
        lambda case: event_bodies.minted(case.names, case.written, at=case.at),
        "A mint is final, or has failed for good",
        "Sent once a mint is final, or once no hope is left.",
    ),
    domain.INTERACTION_EVENT: Declared(
        event_bodies.InteractionDone | event_bodies.InteractionFailed,
        lambda case: event_bodies.updated(case.names, case.written, at=case.at, uri=case.uri),
        "A scan is on chain, or has failed for good",
        "Sent once for each scan of a minted NFT. Scans that share a transaction share its hash and URI.",
    ),
    domain.TRANSFER_EVENT: Declared(
        event_bodies.NftTransferred,
        lambda case: event_bodies.transferred(
            case.names, case.written, at=case.at, previous=case.previous, owner=case.owner
        ),
        "A minted NFT has another holder",
        "Sent once a sale or gift of the token is final.",
    ),
    domain.BURN_EVENT: Declared(
        event_bodies.NftBurned,
        lambda case: event_bodies.burned(case.names, case.written, at=case.at, previous=case.previous),
        "A minted NFT was burned",
        "Sent once the end of the token is final.",
    ),
    domain.COLLECTION_EVENT: Declared(
        event_bodies.ChangeEnded,
        lambda case: event_bodies.changed(case.asked, case.written, at=case.at),
        "A change of a collection's contract is final, or has failed for good",
        "Sent once for each change of royalties, metadata or a token's lock.",
    ),
    domain.BUDGET_EVENT: Declared(
        event_bodies.BudgetNearlySpent,
        lambda case: event_bodies.budget_nearly_spent("polygon", _SAMPLE_ACCOUNT, at=case.at),
        "The gas budget of a day is nearly spent",
        "Sent once a day and chain, when 80 percent of a limit that the operator set are spent. What the budget has no "
        "room for waits for the next day (UTC), or until the budget is raised.",
    ),
    domain.ANNOUNCED_EVENT: Declared(
        user_event_bodies.UserAnnounced,
        lambda case: user_event_bodies.announced(
            case.user,
            at=case.at,
            contract_id="summer_party",
            category_id="VIP",
            url=f"https://spacegarden.example/nft/{case.names['contract']}/{case.names['tokenId']}",
        ),
        "A user was announced",
        "Sent when an NFT is reserved for the user; not where the user had it already.",
    ),
    domain.ACTION_EVENT: Declared(
        user_event_bodies.ActionApplied,
        lambda case: user_event_bodies.action_applied(
            case.user,
            _APPLIED,
            at=case.at,
            action_id="event_checkin",
            interaction_name="Event check-in",
            attribute="attendance",
        ),
        "An action was applied to an NFT",
        "Sent for each application, also by a code or as a mission's reward; not for a dry run.",
    ),
    domain.LEVEL_EVENT: Declared(
        user_event_bodies.LevelReached,
        lambda case: user_event_bodies.level_reached(case.user, _APPLIED, at=case.at),
        "An NFT reached a higher level",
        "Sent once for an action that lifts the level, by however many levels.",
    ),
    domain.CLAIMED_EVENT: Declared(
        user_event_bodies.NftClaimed,
        lambda case: user_event_bodies.claimed(case.user, at=case.at, user_addr=case.owner, token_url=case.uri),
        "The mint of an NFT has begun",
        "Sent when a mint is asked for, by mintTokenForUser or on the claim page; again where one that failed is asked "
        "for anew. `newBcNftMint` tells how it ended.",
    ),
    domain.SIGNER_EVENT: Declared(
        event_bodies.SignerLow,
        lambda case: event_bodies.signer_low("polygon", at=case.at),
        "The account that pays for a chain wants coins",
        "Sent once each time that the account which pays for a chain's mints and updates runs low, to partners with a "
        "collection there. The operator is told as well. Until it has coins, mints and updates may wait.",
    ),
}


def sample_of(event_type: str) -> Body:
    """A sample body of an NFT that does not exist."""
    case = Case(
        _NOWHERE,
        _UNWRITTEN,
        at=epoch_micros(now()),
        uri="https://example.com/metadata/0",
        previous=_NOBODY,
        owner=_NOBODY,
        user={"contract": _NOBODY, "tokenId": "0", "uid": "sample"},
        asked=event_bodies.asked(_NOBODY, "summer_party", "1", Change("royalties")),
    )
    return DECLARED[event_type].body_of(case)
