"""Announcing users: one NFT is prepared for each, and nothing goes on chain."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, NamedTuple

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.emails import canonical_email
from chalicelib.core.errors import ApiError
from chalicelib.core.leases import Leases
from chalicelib.core.retrying import attempts
from chalicelib.core.tables import key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import is_at_max
from chalicelib.gardenlab.errors import MiscError
from chalicelib.gardenlab.models import RESERVED, CategoryRow, CollectionRow, GuestRow, TokenRow
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.schemas import NewUser, NftBrief
from chalicelib.gardenlab.service.collections import category_of, resolve
from chalicelib.idempotency.service import Guard, run_once

MAX_NFTS_OF_ONE_GUEST = 500  # one a category; the guest's row holds their names and must stay below 400 KB
_SIDE_BY_SIDE = 50
# By origin and contract id.
_leases: Leases[tuple[str, str]] = Leases(lambda place: collections_repository.lease_token_ids(*place))


class Announcement(NamedTuple):
    """One user, with what the request refers to already found."""

    body: NewUser
    collection: CollectionRow
    category: CategoryRow
    guard: Guard


def prepare(origin: str, body: NewUser, guard: Guard) -> Announcement:
    """Finds the collection and the category. Raises `ResourceNotFound`."""
    collection = resolve(origin, contract_id=body.contract_id, contract=body.contract)
    return Announcement(body, collection, category_of(collection, body.user_category_id), guard)


def announce(announcement: Announcement) -> dict[str, Any]:
    """The NFT of one announced user: the one there is, or a new one. Raises `MiscError`."""
    guest = _find_guest(announcement)
    return _answer(announcement, guest)


def announce_many(announcements: Sequence[Announcement]) -> list[dict[str, Any] | Exception]:
    """The NFTs of many users, in order; an exception stands where one was refused, the rest stand.

    All guests are read at once and the token ids leased at once; then each user is one transaction, side by side,
    but for those of one uid or of one limited category, which would only contend: they go in turn.
    """
    guests = _find_guests(announcements)
    new: defaultdict[tuple[str, str], int] = defaultdict(int)
    for announcement in announcements:
        guest = guests.get(_place(announcement))
        if guest is None or announcement.body.user_category_id not in guest.tokens:
            new[announcement.collection.origin, announcement.collection.contract_id] += 1
    for place, count in new.items():
        _leases.of(place).prepare(count)
    queues: defaultdict[object, list[int]] = defaultdict(list)
    for number, announcement in enumerate(announcements):
        limited = announcement.category.max_supply is not None
        queues[announcement.category.sk if limited else _place(announcement)].append(number)
    answers: list[dict[str, Any] | Exception] = [MiscError("not answered")] * len(announcements)

    def work(numbers: list[int]) -> None:
        known = guests
        for number in numbers:
            announcement = announcements[number]
            answers[number] = _outcome(announcement, known.get(_place(announcement)), reread=known is not guests)
            known = {}

    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, max(1, len(queues)))) as pool:
        for future in [pool.submit(copy_context().run, work, numbers) for numbers in queues.values()]:
            future.result()
    return answers


def _outcome(announcement: Announcement, guest: GuestRow | None, *, reread: bool) -> dict[str, Any] | Exception:
    first = [] if reread else [guest]

    def operation(guard: Guard) -> dict[str, Any]:
        known = first.pop() if first else _find_guest(announcement)
        return _answer(Announcement(announcement.body, announcement.collection, announcement.category, guard), known)

    try:
        answer: dict[str, Any] = run_once(announcement.guard, operation)
    except Exception as error:  # one user's failure, whatever it is, leaves the others standing
        return error
    return answer


def _answer(announcement: Announcement, guest: GuestRow | None) -> dict[str, Any]:
    body, collection = announcement.body, announcement.collection
    email = canonical_email(body.email)
    for attempt in attempts("the guest"):
        if attempt:
            guest = _find_guest(announcement)
        if guest is not None and guest.email != email:
            raise MiscError("This uid is known in the collection with another e-mail.")
        if guest is not None and (token_id := guest.tokens.get(body.user_category_id)):
            existing = repository.find_token(collection.origin, collection.contract_id, token_id)
            if existing is not None:
                return _brief(existing)
        if guest is not None and len(guest.tokens) >= MAX_NFTS_OF_ONE_GUEST:
            raise MiscError(f"A guest can hold {MAX_NFTS_OF_ONE_GUEST} NFTs of one collection.")
        lease = _leases.of((collection.origin, collection.contract_id))
        [number] = lease.take()
        token = _token_row(announcement, str(number), email)
        answer = _brief(token)
        try:
            _reserve(announcement, token, guest, answer)
        except repository.GuestChanged:
            announcement.guard.unseal()
            lease.give_back([number])
            continue
        except collections_repository.SoldOut as error:
            lease.give_back([number])
            raise MiscError("Every NFT of this user category has been issued.") from error
        except ApiError:
            lease.give_back([number])
            raise
        return answer
    raise AssertionError("attempts() ends by raising")


def _reserve(announcement: Announcement, token: TokenRow, guest: GuestRow | None, answer: Mapping[str, Any]) -> None:
    transaction = Transaction()
    repository.add_reservation(transaction, token, guest)
    if announcement.category.max_supply is not None:
        collections_repository.add_issue(transaction, announcement.category)
    email = Identity("email", token.mailbox)
    if guest is None:
        activity.link(transaction, token.origin, email, Identity("uid", token.uid))
    activity.wake_rewards(transaction, token.origin, token.contract_id, email)
    announcement.guard.seal(transaction, answer)
    transaction.commit()


def _token_row(announcement: Announcement, token_id: str, email_canonical: str) -> TokenRow:
    body, collection, category = announcement.body, announcement.collection, announcement.category
    moment = now()
    limits, template = body.additional_fields, body.nft_info
    return TokenRow(
        repository.token_key(collection.origin, collection.contract_id, token_id),
        "NFT",
        origin=collection.origin,
        contract_id=collection.contract_id,
        contract=collection.contract,
        chain=collection.chain,
        shares_address=collection.shares_address,
        token_id=token_id,
        uid=body.uid,
        email=body.email,
        email_canonical=email_canonical,
        user_category_id=body.user_category_id,
        name=category.name if template.name is None else template.name,
        description=category.description if template.description is None else template.description,
        img_url=category.img_url if template.imgUrl is None else template.imgUrl,
        attributes_map={**category.attributes_map, **(template.attributes or {})},
        counts={},
        xp_micros=0,
        level=1,
        max_level=limits.max_level,
        max_level_reached=is_at_max(1, limits.max_level),
        scan_count=0,
        expiration_date=limits.expiration_date,
        status=RESERVED,
        mint_attempts=0,
        created_at=moment,
        version=1,
        uid_key=repository.uid_key(collection.origin, collection.contract_id, body.uid),
        email_key=repository.email_key(collection.origin, collection.contract_id, email_canonical),
        holder_key=repository.holder_key(email_canonical),
        created_key=key(f"{epoch_micros(moment):017d}", token_id.zfill(20)),
    )


def _brief(token: TokenRow) -> dict[str, Any]:
    return NftBrief.model_validate(token).model_dump(mode="json")


def _place(announcement: Announcement) -> tuple[str, str, str]:
    return announcement.collection.origin, announcement.collection.contract_id, announcement.body.uid


def _find_guest(announcement: Announcement) -> GuestRow | None:
    return repository.find_guest(*_place(announcement))


def _find_guests(announcements: Sequence[Announcement]) -> dict[tuple[str, str, str], GuestRow]:
    by_collection: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for origin, contract_id, uid in dict.fromkeys(map(_place, announcements)):
        by_collection[origin, contract_id].append(uid)
    return {
        (origin, contract_id, uid): guest
        for (origin, contract_id), uids in by_collection.items()
        for uid, guest in repository.find_guests(origin, contract_id, uids).items()
    }
