"""Codes by which holders apply an interaction themselves: a QR code, a password, or both."""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.core.acting import acting
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.emails import canonical_email
from chalicelib.core.errors import BadRequest, NotFound, existing
from chalicelib.core.ids import digest, sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.tables import read_batch
from chalicelib.core.times import parse_time
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.code_schemas import DEFAULT_LIFE, CodeCreate, CodeRead
from chalicelib.gardenlab.code_texts import new_public_id, public_id_of
from chalicelib.gardenlab.domain import check_window
from chalicelib.gardenlab.errors import CodeExpired, CodeRevoked, CodeUsed, CodeUsedUp, field_refusal
from chalicelib.gardenlab.models import CollectionRow, InteractionRow, TokenRow
from chalicelib.gardenlab.models.codes import CodePlaceRow, CodeRow, CodeUseRow
from chalicelib.gardenlab.repository import codes as repository
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import interactions as interactions_repository
from chalicelib.gardenlab.schemas import Guest, NewAction
from chalicelib.gardenlab.service import actions, interactions
from chalicelib.gardenlab.service.administration import get_interaction
from chalicelib.gardenlab.service.collections import CONFIGURATION_SECONDS
from chalicelib.gardenlab.service.holders import partners_of
from chalicelib.idempotency.service import Guard, run_once
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of

_USED_UP = "This code has been used as often as it may be."
_USED = "You have used this code already."
_LONGEST_LIFE = timedelta(days=366)
_NEVER_AUDITED = frozenset({"password", "code", "url", "password_url"})  # what whoever knows it may use
_AUDITED: Audited[CodeRow] = Audited(
    "code",
    fields_of(CodeRead, without=_NEVER_AUDITED),
    target=lambda row: f"{row.contract_id}/{row.interaction_id}/{row.id}",
)

_places: TtlCache[str, CodePlaceRow] = TtlCache(seconds=CONFIGURATION_SECONDS)


class CodeUnknown(NotFound):
    """There is no such code."""


class Found(NamedTuple):
    """A code with its interaction; `uses` counts the uses by this holder."""

    code: CodeRow
    interaction: InteractionRow
    collection: CollectionRow
    uses: int = 0


def create_code(origin: str, contract_id: str, interaction_id: str, body: CodeCreate) -> CodeRow:
    """Makes a code of an interaction. Raises `administration.Unknown`, `BadRequest`, `PasswordTaken`."""
    get_interaction(origin, contract_id, interaction_id)
    moment = now()
    expires = moment + DEFAULT_LIFE if body.expires_at is None else parse_time(body.expires_at)
    if not moment < expires <= moment + _LONGEST_LIFE:
        raise field_refusal("expires_at", "must lie ahead, by at most 366 days.")
    code_id = sortable_id()
    row = CodeRow(
        *repository.code_address(origin, contract_id, interaction_id, code_id)[1:],
        origin=origin,
        contract_id=contract_id,
        interaction_id=interaction_id,
        id=code_id,
        public_id=new_public_id(),
        name=body.name,
        password=body.password,
        expires_at=expires,
        max_uses=body.max_uses,
        per_holder=body.per_holder,
        used=0,
        created_at=moment,
    )
    transaction = Transaction()
    repository.add_code(transaction, row)
    _AUDITED.add_creation(transaction, row)
    transaction.commit()
    return row


def get_code(origin: str, contract_id: str, interaction_id: str, code_id: str) -> CodeRow:
    """Raises `CodeUnknown`."""
    row = repository.find_code(origin, contract_id, interaction_id, code_id)
    return existing(row, otherwise=CodeUnknown(f"The interaction has no code {code_id}."))


def list_codes(origin: str, contract_id: str, interaction_id: str, *, limit: int, after: str | None) -> Page[CodeRow]:
    """Newest first. Raises `administration.Unknown`, `PositionUnknown`."""
    place = origin, contract_id, interaction_id
    get_interaction(*place)
    position = partners.position_of(after, lambda code_id: repository.find_code(*place, code_id))
    return repository.list_codes(*place, limit=limit, after=position)


@retried("the code")
def revoke_code(origin: str, contract_id: str, interaction_id: str, code_id: str) -> CodeRow:
    """Revokes a code for good, at once; a repeated call gets the same answer. Raises `CodeUnknown`."""
    row = get_code(origin, contract_id, interaction_id, code_id)
    if row.revoked_at is None:
        with _AUDITED.change(row, "revoke") as transaction:
            repository.add_revocation(transaction, row, at=now())
    return row


def find(text: str, *, holder: str | None = None) -> Found:
    """The code of a text, with its interaction and collection: two requests, one where it was seen lately.

    `holder` is the signed-in e-mail address, or None.

    Raises `CodeUnknown`, for one that is forged without any request.
    """
    public_id = public_id_of(text)
    if public_id is None:
        raise CodeUnknown("There is no such code.")
    place = _places.get(public_id, lambda: repository.find_place(public_id))
    if place is None:
        raise CodeUnknown("There is no such code.")
    return _at(place, holder)


def find_by_password(password: str, *, partner: str | None, holder: str | None) -> list[Found]:
    """The codes of a password, in any case: of the named partner, or of the partners whose NFTs the holder has.

    A partner's password belongs to one code, so several are found only where two of the holder's partners use the same.
    """
    origins = [partner] if partner is not None else partners_of(holder) if holder is not None else []
    ids = [repository.password_id(origin, password) for origin in origins]
    found = []
    for place in read_batch([repository.place_address(public_id) for public_id in ids]):
        if isinstance(place, CodePlaceRow):
            with suppress(CodeUnknown):
                found.append(_at(place, holder))
    return found


def check_usable(found: Found) -> None:
    """Raises `CodeRevoked`, `CodeExpired`, `CodeUsedUp` or `CodeUsed`, or the refusal of the interaction's window."""
    code = found.code
    if code.revoked_at is not None:
        raise CodeRevoked("This code is no longer valid: it was withdrawn.")
    if code.expires_at <= now():
        raise CodeExpired("This code has expired.")
    if code.used >= code.max_uses:
        raise CodeUsedUp(_USED_UP)
    if code.per_holder is not None and found.uses >= code.per_holder:
        raise CodeUsed(_USED)
    check_window(interactions.rule_of(found.interaction), at=now())


def refusal_of(found: Found, token: TokenRow) -> BadRequest | None:
    """The error that applying the code to an NFT would raise now, or None; makes no request."""
    try:
        actions.require_applicable(found.collection, found.interaction, token)
    except BadRequest as refusal:
        return refusal
    return None


def redeem(found: Found, *, email: str, token_id: str | None, once: str) -> dict[str, Any]:
    """Applies the code's interaction to the holder's NFT and counts the use in the same transaction.

    `once` is an idempotency key: a call with the same one answers the same and changes nothing. Raises the contract's
    refusals, and those of codes.
    """
    holder = canonical_email(email)
    body = NewAction(
        origin=found.code.origin,
        contract_id=found.code.contract_id,
        action_id=found.interaction.action_id,
        guest=Guest(email=email),
        token_id=token_id,
    )

    def count_use(transaction: Transaction) -> None:
        used_up, used = CodeUsedUp(_USED_UP), CodeUsed(_USED)
        repository.add_use(transaction, found.code, holder, at=now(), spent=used_up, used=used)

    def apply(guard: Guard) -> dict[str, Any]:
        check_usable(found)
        with acting(f"code:{found.code.id}"):
            return actions.new_action(found.code.origin, body, guard, interaction_id=found.code.interaction_id)

    guard = Guard(digest("code", found.code.id, holder, once), along=count_use)
    try:
        answer: dict[str, Any] = run_once(guard, apply)
    except CodeUsedUp:
        code = found.code
        current = get_code(code.origin, code.contract_id, code.interaction_id, code.id)
        check_usable(found._replace(code=current))
        raise
    return answer


def _at(place: CodePlaceRow, holder: str | None) -> Found:
    where = place.origin, place.contract_id, place.interaction_id
    addresses = [
        repository.code_address(*where, place.id),
        interactions_repository.interaction_address(*where),
        collections_repository.collection_address(place.origin, place.contract_id),
    ]
    if holder is not None:
        addresses.append(repository.use_address(*where, place.id, canonical_email(holder)))
    code, interaction, collection, *uses = read_batch(addresses)
    if not (
        isinstance(code, CodeRow) and isinstance(interaction, InteractionRow) and isinstance(collection, CollectionRow)
    ):
        raise CodeUnknown("There is no such code.")
    return Found(code, interaction, collection, sum(int(use.used) for use in uses if isinstance(use, CodeUseRow)))
