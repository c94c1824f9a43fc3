"""Announcing users: one NFT is prepared for each, and nothing goes on chain."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, NamedTuple, cast

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity
from chalicelib.core.acting import actor
from chalicelib.core.clock import now
from chalicelib.core.emails import canonical_email
from chalicelib.core.errors import ApiError
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.tables import BATCH_GET_LIMIT, Address, read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import is_at_max
from chalicelib.gardenlab.errors import MiscError, ResourceNotFound
from chalicelib.gardenlab.models import RESERVED, CategoryRow, CollectionRow, GuestRow, TokenRow
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import timeline
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.schemas import NewUser, NftBrief
from chalicelib.gardenlab.service import token_ids
from chalicelib.gardenlab.service.collections import resolve
from chalicelib.idempotency.service import Guard, run_once

MAX_NFTS_OF_ONE_GUEST = 500  # one a category; the guest's row holds their names and must stay below 400 KB
_SIDE_BY_SIDE = 50


class Announcement(NamedTuple):
    """One user, with the collection that the request names."""

    body: NewUser
    collection: CollectionRow
    guard: Guard


class _Known(NamedTuple):
    """The rows on which an announcement is decided, as the table has them now and never from a cache."""

    category: CategoryRow | None
    guest: GuestRow | None


def prepare(origin: str, body: NewUser, guard: Guard) -> Announcement:
    """Finds the collection. Raises `ResourceNotFound`."""
    return Announcement(body, resolve(origin, contract_id=body.contract_id, contract=body.contract), guard)


def announce(origin: str, body: NewUser, guard: Guard) -> dict[str, Any]:
    """The NFT of one announced user, existing or new. Raises `ResourceNotFound` or `MiscError`."""
    announcement = prepare(origin, body, guard)
    [known] = _read([announcement])
    return _answer(announcement, known)


def announce_many(announcements: Sequence[Announcement]) -> list[dict[str, Any] | Exception]:
    """The NFTs of many users, in order; an exception in the place of each refused user.

    Categories and guests are read together, and token ids leased together. Then each user is one transaction. They run
    side by side; users of one uid or of one limited category, which would contend, run one after another.
    """
    known = _read(announcements)
    new: defaultdict[tuple[str, str], int] = defaultdict(int)
    queues: defaultdict[object, list[int]] = defaultdict(list)
    for number, (announcement, (category, guest)) in enumerate(zip(announcements, known, strict=True)):
        if category is not None and (guest is None or announcement.body.user_category_id not in guest.tokens):
            new[announcement.collection.origin, announcement.collection.contract_id] += 1
        limited = category is not None and category.max_supply is not None
        queues[_category_address(announcement) if limited else _guest_address(announcement)].append(number)
    for place, count in new.items():
        token_ids.leases.of(place).prepare(count)
    answers: list[dict[str, Any] | Exception] = [MiscError("not answered")] * len(announcements)

    def work(numbers: list[int]) -> None:
        for position, number in enumerate(numbers):
            answers[number] = _outcome(announcements[number], known[number] if position == 0 else None)

    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, max(1, len(queues)))) as pool:
        for future in [pool.submit(copy_context().run, work, numbers) for numbers in queues.values()]:
            future.result()
    return answers


def _outcome(announcement: Announcement, known: _Known | None) -> dict[str, Any] | Exception:
    def operation(guard: Guard) -> dict[str, Any]:
        [now_known] = _read([announcement]) if known is None else [known]
        return _answer(announcement._replace(guard=guard), now_known)

    try:
        answer: dict[str, Any] = run_once(announcement.guard, operation)
    except Exception as error:  # one user's failure, whatever it is, leaves the others standing
        return error
    return answer


def _answer(announcement: Announcement, known: _Known) -> dict[str, Any]:
    first = [known]

    def once() -> dict[str, Any]:
        announcement.guard.unseal()  # by a try that did not commit
        [now_known] = first or _read([announcement])
        first.clear()
        return _existing_or_new(announcement, now_known)

    return until_unchanged("the guest", once)


def _existing_or_new(announcement: Announcement, known: _Known) -> dict[str, Any]:
    """Raises `RowChanged` where a row has changed since it was read."""
    body, collection = announcement.body, announcement.collection
    email = canonical_email(body.email)
    category, guest = known
    if category is None:
        raise ResourceNotFound("The collection has no such user category.")
    if guest is not None and guest.email != email:
        raise MiscError("This uid is known in the collection with another e-mail.")
    if guest is not None and (token_id := guest.tokens.get(body.user_category_id)):
        existing = repository.find_token(collection.origin, collection.contract_id, token_id)
        if existing is not None:
            return _brief(existing)
    if guest is not None and len(guest.tokens) >= MAX_NFTS_OF_ONE_GUEST:
        raise MiscError(f"A guest can hold {MAX_NFTS_OF_ONE_GUEST} NFTs of one collection.")
    if category.max_supply is not None and category.issued >= category.max_supply:
        raise MiscError("Every NFT of this user category has been issued.")
    lease = token_ids.leases.of((collection.origin, collection.contract_id))
    [number] = lease.take()
    token = _token_row(announcement, category, str(number), email)
    answer = _brief(token)
    try:
        _reserve(announcement, token, known, answer)
    except (RowChanged, ApiError):
        lease.give_back([number])
        raise
    return answer


def _reserve(announcement: Announcement, token: TokenRow, known: _Known, answer: Mapping[str, Any]) -> None:
    from chalicelib.gardenlab.service import told  # loads with the first user, not with the API

    transaction = Transaction()
    repository.add_reservation(transaction, token, known.guest)
    if known.category is not None and known.category.max_supply is not None:
        collections_repository.add_issue(transaction, known.category)
    email = Identity("email", token.mailbox)
    if known.guest is None:
        activity.link(transaction, token.origin, email, Identity("uid", token.uid))
    activity.wake_rewards(transaction, token.origin, token.contract_id, email)
    told.add_announcement(transaction, token)
    announcement.guard.seal(transaction, answer)
    transaction.commit()


def _token_row(announcement: Announcement, category: CategoryRow, token_id: str, email_canonical: str) -> TokenRow:
    body, collection = announcement.body, announcement.collection
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
        announced_by=actor(),
        mint_attempts=0,
        created_at=moment,
        version=1,
        uid_key=repository.uid_key(collection.origin, collection.contract_id, body.uid),
        email_key=repository.email_key(collection.origin, collection.contract_id, email_canonical),
        holder_key=repository.holder_key(email_canonical),
        created_key=timeline.token_position(moment, token_id),
    )


def _brief(token: TokenRow) -> dict[str, Any]:
    return NftBrief.model_validate(token).model_dump(mode="json")


def _read(announcements: Sequence[Announcement]) -> list[_Known]:
    """The categories and guests of the announcements: one request, strongly consistent.

    A batch holds 100 rows, categories first. Guests beyond that are assumed to be new; the transaction of each requires
    it, and reads a guest who is known after all.
    """
    categories = dict.fromkeys(map(_category_address, announcements))
    guests = dict.fromkeys(map(_guest_address, announcements))
    addresses = [*categories, *guests][:BATCH_GET_LIMIT]
    found = dict(zip(addresses, read_batch(addresses), strict=True))
    return [
        _Known(
            cast("CategoryRow | None", found[_category_address(announcement)]),
            cast("GuestRow | None", found.get(_guest_address(announcement))),
        )
        for announcement in announcements
    ]


def _category_address(announcement: Announcement) -> Address:
    collection = announcement.collection
    place = collection.origin, collection.contract_id
    return collections_repository.category_address(*place, announcement.body.user_category_id)


def _guest_address(announcement: Announcement) -> Address:
    collection = announcement.collection
    return repository.guest_address(collection.origin, collection.contract_id, announcement.body.uid)
