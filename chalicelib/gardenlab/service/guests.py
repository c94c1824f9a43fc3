"""Finds the NFTs of a guest.

An index answers in one request but lags; strongly consistent reads take two or three requests. Use cases try the index
first. Before they raise an error, and after a conflicting write, they read strongly consistent.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, email_identity
from chalicelib.core.emails import canonical_email
from chalicelib.core.times import stored_time
from chalicelib.gardenlab.errors import MiscError, NftIsExpired, ResourceNotFound
from chalicelib.gardenlab.models import CollectionRow, GuestRow, TokenRow
from chalicelib.gardenlab.repository import tokens as repository

_UIDS_AT_ONCE = 25


class IndexBehind(Exception):
    """The index may lack the guest's newest NFT, so its result is not used."""


def token_of_guest(collection: CollectionRow, token_id: str, *, email: str | None, uid: str | None) -> TokenRow:
    """The named NFT, if it is this guest's. Raises `ResourceNotFound`."""
    row = repository.find_token(collection.origin, collection.contract_id, token_id)
    if row is None or not _belongs(row, email=email, uid=uid):
        raise ResourceNotFound("There is no such NFT of this guest.")
    return row


def tokens_of_guest(collection: CollectionRow, *, email: str | None, uid: str | None, strong: bool) -> list[TokenRow]:
    """The guest's NFTs, newest first.

    Raises `ResourceNotFound` where there is none, `MiscError` where an e-mail alone is several uids'.
    """
    if strong:
        rows = _by_guest_rows(collection, email=email, uid=uid)
    elif uid is not None:
        rows = list(repository.iterate_by_uid(collection.origin, collection.contract_id, uid))
    else:
        rows = _one_uid(
            repository.iterate_by_email(collection.origin, collection.contract_id, canonical_email(email or ""))
        )
    rows = [row for row in rows if _belongs(row, email=email, uid=uid)]
    if not rows:
        raise ResourceNotFound("There is no NFT of this guest in the collection.")
    return rows


def tokens_of_person(collection: CollectionRow, *, emails: set[str], uids: set[str]) -> list[TokenRow]:
    """The NFTs of the person with these canonical e-mails and uids, newest first, strongly consistent; may be empty."""
    known = [
        linked.value
        for email in sorted(emails)
        for linked in activity.linked(collection.origin, Identity("email", email), "uid")
    ]
    candidates = list(dict.fromkeys([*known, *sorted(uids)]))
    return newest_first(
        token
        for uid, guest in _guests(collection, candidates)
        if uid in uids or guest.email in emails
        for token in _tokens_of(collection, guest)
    )


def require_newest(token: TokenRow) -> None:
    """Raises `IndexBehind` where the guest holds a newer NFT.

    An NFT from an index that passes is the newest one as long as its version is unchanged.
    """
    if token.newer is not None:
        raise IndexBehind(token.token_id)


def newest_valid(rows: list[TokenRow], *, at: datetime) -> TokenRow:
    """The newest NFT that has not expired. Raises `NftIsExpired` where all have."""
    for row in rows:
        expires = expires_at(row)
        if expires is None or at <= expires:
            return row
    raise NftIsExpired("Every NFT of this guest is past its expiration date.")


def newest_first(rows: Iterable[TokenRow]) -> list[TokenRow]:
    """NFTs by falling time of their reservation."""
    return sorted(rows, key=lambda row: str(row.created_key), reverse=True)


def expires_at(row: TokenRow) -> datetime | None:
    """The NFT's expiry, or None."""
    return stored_time(row.expiration_date) if row.expiration_date else None


def _belongs(row: TokenRow, *, email: str | None, uid: str | None) -> bool:
    return (uid is None or row.uid == uid) and (email is None or row.mailbox == canonical_email(email))


def _one_uid(rows: Iterator[TokenRow]) -> list[TokenRow]:
    found: list[TokenRow] = []
    for row in rows:
        if found and row.uid != found[0].uid:
            raise _shared_email()
        found.append(row)
    return found


def _by_guest_rows(collection: CollectionRow, *, email: str | None, uid: str | None) -> list[TokenRow]:
    if uid is not None:
        guest = repository.find_guest(collection.origin, collection.contract_id, uid)
    else:
        guest = _guest_by_email(collection, email or "")
    return [] if guest is None else newest_first(_tokens_of(collection, guest))


def _guests(collection: CollectionRow, uids: list[str]) -> Iterator[tuple[str, GuestRow]]:
    """The guests of these uids, 25 to a request, which is made when they are reached."""
    for start in range(0, len(uids), _UIDS_AT_ONCE):
        part = uids[start : start + _UIDS_AT_ONCE]
        yield from repository.find_guests(collection.origin, collection.contract_id, part).items()


def _tokens_of(collection: CollectionRow, guest: GuestRow) -> list[TokenRow]:
    return repository.find_tokens(collection.origin, collection.contract_id, list(guest.tokens.values()))


def _guest_by_email(collection: CollectionRow, email: str) -> GuestRow | None:
    identity = email_identity(email)
    uids = [linked.value for linked in activity.linked(collection.origin, identity, "uid")]
    own = (guest for _, guest in _guests(collection, uids) if guest.email == identity.value)
    found = list(islice(own, 2))
    if len(found) > 1:
        raise _shared_email()
    return found[0] if found else None


def _shared_email() -> MiscError:
    return MiscError("Several users share this e-mail; name the user by guest.uid.")
