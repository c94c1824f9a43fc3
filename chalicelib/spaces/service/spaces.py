"""Spaces: where an account meets its customers."""

from typing import Any

from chalicelib.core.ids import sortable_id
from chalicelib.core.retrying import attempts, in_turn
from chalicelib.core.transactions import Contended, Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.partners import service as partners
from chalicelib.spaces.repository import spaces as repository
from chalicelib.spaces.schemas import SpaceCreate, SpaceUpdate
from chalicelib.spaces.service import objects
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.refusals import unknown


def create_space(account: str, body: SpaceCreate, guard: Guard) -> Object:
    """A new space, with the number after the last one's."""
    for number_of_try in attempts("the account's spaces"):
        with in_turn(number_of_try):
            number = repository.count_of(account) + 1
            transaction = Transaction()
            row = repository.add_space(transaction, account, number=number, position=sortable_id(), url=body.url)
            shown = objects.space_object(row)
            _audit(transaction, account, number, "space.create", before=None, after=shown)
            guard.seal(transaction, shown)
            try:
                transaction.commit()
            except (repository.SpaceMoved, Contended):
                guard.unseal()
                continue
            return shown
    raise AssertionError("attempts() ends by raising")


def get_space(account: str, number: int) -> Object:
    """Raises `NotFound`."""
    row = repository.find_space(account, number)
    if row is None:
        raise unknown("space")
    return objects.space_object(row)


def update_space(account: str, number: int, body: SpaceUpdate) -> Object:
    """Changes the space's address; null: not public any more. Raises `NotFound`."""
    changes = body.model_dump(exclude_unset=True)
    for number_of_try in attempts("the space"):
        with in_turn(number_of_try):
            row = repository.find_space(account, number)
            if row is None:
                raise unknown("space")
            if not changes:
                return objects.space_object(row)
            before = objects.space_object(row)
            transaction = Transaction()
            repository.add_space_change(transaction, row, changes, otherwise=unknown("space"))
            _audit(transaction, account, number, "space.update", before=before, after=objects.space_object(row))
            try:
                transaction.commit()
            except Contended:  # with orders that take their numbers here
                continue
            objects.forget_space(account, number)
            return objects.space_object(row)
    raise AssertionError("attempts() ends by raising")


def _audit(transaction: Transaction, account: str, number: int, action: str, *, before: Any, after: Any) -> None:
    partners.audit(transaction, account, action=action, target=str(number), before=before, after=after)
