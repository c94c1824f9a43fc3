"""The account, which is a partner, and its spaces: its shops."""

from typing import Any

from chalicelib.core.errors import existing
from chalicelib.core.ids import sortable_id
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.partners import service as partners
from chalicelib.partners.audits import audit
from chalicelib.spaces.models import SpaceRow
from chalicelib.spaces.repository import spaces as repository
from chalicelib.spaces.schemas import AccountRead, SpaceCreate, SpaceUpdate
from chalicelib.spaces.service import identifiers, objects
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.retried import until_written


def get_account(account: str) -> Object:
    """Shows the account of the token."""
    row = partners.get_partner(account)
    return AccountRead(
        id=row.origin,
        name=row.display_name,
        email=row.contact_email,
        created=int(row.created_at.timestamp()),
        avatar_image_url=None,
        referral_code=identifiers.referral_code(account),
    ).model_dump()


def create_space(account: str, body: SpaceCreate, guard: Guard) -> Object:
    """Creates a space.

    It gets the account's next number.
    """

    def once() -> Object:
        number = repository.count_of(account) + 1
        transaction = Transaction()
        row = repository.add_space(transaction, account, number=number, position=sortable_id(), url=body.url)
        shown = objects.space_object(row)
        _audit(transaction, account, number, "space.create", before=None, after=shown)
        guard.seal(transaction, shown)
        transaction.commit()
        return shown

    return until_written("the account's spaces", once, at=(account, "spaces"), guard=guard)


def get_space(account: str, number: int) -> Object:
    """Shows a space. Raises `NotFound`."""
    return objects.space_object(_require_space(account, number))


def update_space(account: str, number: int, body: SpaceUpdate) -> Object:
    """Changes the space's address; null removes it. Raises `NotFound`."""
    changes = body.model_dump(exclude_unset=True)

    def once() -> Object:
        row = _require_space(account, number)
        before = objects.space_object(row)
        if not changes:
            return before
        transaction = Transaction()
        repository.add_space_change(transaction, row, changes)
        after = objects.space_object(row)
        _audit(transaction, account, number, "space.update", before=before, after=after)
        transaction.commit()
        objects.forget_space(account, number)
        return after

    return until_written("the space", once, at=(account, "space", number))


def _require_space(account: str, number: int) -> SpaceRow:
    return existing(repository.find_space(account, number), otherwise=identifiers.unknown_in_path("space"))


def _audit(transaction: Transaction, account: str, number: int, action: str, *, before: Any, after: Any) -> None:
    audit(transaction, account, action=action, target=str(number), before=before, after=after)
