"""Use cases of transactions, which cannot be changed."""

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.tables import read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import MAX_INTEGER, Model, Parent
from chalicelib.dreamspace.models import TransactionRow, UserRow
from chalicelib.dreamspace.repository import children as repository
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository import users as users_repository
from chalicelib.dreamspace.repository.counters import take_ids
from chalicelib.dreamspace.schemas.users import TransactionCreate
from chalicelib.dreamspace.service import told
from chalicelib.dreamspace.service.ledger import add_entry
from chalicelib.dreamspace.service.retried import until_written
from chalicelib.dreamspace.service.views import TransactionView, server_now


def get(origin: str, transaction_id: int, inside: Parent | None = None) -> TransactionView:
    """Raises `NotFound`."""
    place = repository.find_place(origin, Model.TRANSACTIONS, transaction_id)
    if place is None or (inside is not None and place.user_id != inside.id):
        raise NotFound("There is no such transaction.")
    row, user = read_batch(
        [
            repository.child_address(origin, Model.TRANSACTIONS, place, transaction_id),
            (UserRow, keys.user_pk(origin, place.user_id), keys.USER),
        ]
    )
    if not isinstance(row, TransactionRow) or not isinstance(user, UserRow):
        raise NotFound("There is no such transaction.")
    return TransactionView(row, user)


def create(origin: str, body: TransactionCreate) -> TransactionView:
    """Adds a transaction to its user's wallet. Raises `NotFound`, or `BadRequest` if the balance would overflow."""
    numbers: list[int] = []

    def once() -> TransactionView:
        user = users_repository.find_user(origin, body.user_id)
        if user is None:
            raise NotFound("user_id: there is no such user", param="user_id")
        if not numbers:
            numbers.extend(take_ids(origin, Model.TRANSACTIONS))
        row = repository.transaction_row(
            origin, numbers[0], created_at=server_now(), recorded_as=user.twitch_id, **body.model_dump()
        )
        transaction = Transaction()
        users_repository.add_user_touch(transaction, user)
        users_repository.add_to_wallet(transaction, origin, body.user_id, body.amount)
        repository.add_child(transaction, origin, Model.TRANSACTIONS, row)
        add_entry(transaction, origin, row)
        told.add(transaction, origin, *told.changed(Model.TRANSACTIONS, "created", row))
        try:
            transaction.commit()
        except users_repository.WalletFull as error:
            limit = f"±{MAX_INTEGER}"
            raise BadRequest(f"amount: the balance would leave the range of {limit}", param="amount") from error
        return TransactionView(row, user)

    return until_written(origin, Model.USERS, body.user_id, once)
