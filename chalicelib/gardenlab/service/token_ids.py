"""Token ids: of NFTs to come, and of an NFT whose own id somebody else minted."""

from typing import NamedTuple

from chalicelib.chain.service import outbox as chain
from chalicelib.core.leases import Leases
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.errors import MiscError
from chalicelib.gardenlab.models import MINT_FAILED, CollectionRow, TokenRow
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.service.actions import token_reference

_MOST_ASKED = 16
_TAKEN = "token_taken"  # the chain's code of that failure; its causes load with the worker


class Named(NamedTuple):
    """How an NFT is named: its token id, and the one that it was reserved under where that is another."""

    token_id: str
    reserved_id: str | None


# By origin and contract id.
leases: Leases[tuple[str, str]] = Leases(lambda place: collections_repository.lease_token_ids(*place))


def is_taken(token: TokenRow) -> bool:
    """Whether the NFT's latest mint failed because the chain has somebody else's token under its id."""
    return token.status == MINT_FAILED and token.mint_failure == _TAKEN


def is_stuck(token: TokenRow, collection: CollectionRow) -> bool:
    """Whether the NFT cannot be minted, since its id is taken and its collection keeps its ids."""
    return is_taken(token) and not collection.may_change_token_id


def named(token: TokenRow) -> Named:
    """How the NFT is named now."""
    return Named(token.token_id, token.reserved_id)


def add_other_id(transaction: Transaction, token: TokenRow) -> Named:
    """Adds the next free id as one of the NFT's, and gives its new names, which the caller writes to the NFT.

    Raises `MiscError` where the collection keeps its NFTs' ids; the commit may raise `TokenChanged`. The chain is asked
    whether the id is free, since whoever minted one id of ours may have minted more. If it does not answer, the worker
    finds out. An id that stays unused is a gap.
    """
    collection = collections_repository.find_collection(token.origin, token.contract_id)
    if collection is None or is_stuck(token, collection):
        raise MiscError(
            f"Somebody else minted the token {token.token_id} on the chain. The NFT can be minted under another token "
            "id where its collection allows that (may_change_token_id), which it does not."
        )
    # Encoding and the node's client are heavy; this rare call loads them when it comes.
    from chalicelib.chain.service.contracts import may_be_free

    lease = leases.of((token.origin, token.contract_id))
    for _ in range(_MOST_ASKED):
        [number] = lease.take()
        if may_be_free(token.chain, token.contract, number):
            break
    else:
        raise MiscError(f"Somebody else minted the next {_MOST_ASKED} token ids too; call again to try those after.")
    changed = repository.TokenChanged(token.token_id)
    collections_repository.add_permission_to_change_ids(transaction, collection, otherwise=changed)
    repository.add_taken_id(transaction, token, str(number))
    chain.enqueue_work(transaction, token_reference(token))  # updates that wait under the id before follow it
    return Named(str(number), token.lies_under)
