"""Use cases of transactions, which cannot be changed."""

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.tables import read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import MAX_INTEGER, Model, Parent
from chalicelib.dreamspace.models import TransactionRow, UserRow
from chalicelib.dreamspace.repository import children as repository
from chalicelib.dreamspace.repository import users as users_repository
from chalicelib.dreamspace.repository.counters import ids_of_call
from chalicelib.dreamspace.schemas.users import TransactionCreate
from chalicelib.dreamspace.service.change_events import changed, commit_with_events
from chalicelib.dreamspace.service.ledger import add_entry
from chalicelib.dreamspace.service.retried import until_written
from chalicelib.dreamspace.service.users import named_user
from chalicelib.dreamspace.service.views import TransactionView, server_now


def get(origin: str, transaction_id: int, inside: Parent | None = None) -> TransactionView:
    """Raises `NotFound`."""
    place = repository.find_place(origin, Model.TRANSACTIONS, transaction_id)
    if place is None or (inside is not None and place.user_id != inside.id):
        raise NotFound(Model.TRANSACTIONS.unknown)
    row, user = read_batch(repository.child_and_user(origin, Model.TRANSACTIONS, place, transaction_id))
    if not isinstance(row, TransactionRow) or not isinstance(user, UserRow):
        raise NotFound(Model.TRANSACTIONS.unknown)
    return TransactionView(row, user)


def create(origin: str, body: TransactionCreate) -> TransactionView:
    """Adds a transaction to its user's wallet. Raises `NotFound`, or `BadRequest` if the balance would overflow."""
    new_ids = ids_of_call(origin, Model.TRANSACTIONS)

    def once() -> TransactionView:
        user = named_user(origin, body.user_id, "user_id")
        [number] = new_ids()
        row = repository.transaction_row(
            origin, number, created_at=server_now(), recorded_as=user.twitch_id, **body.model_dump()
        )
        transaction = Transaction()
        users_repository.add_user_touch(transaction, user)
        users_repository.add_to_wallet(transaction, origin, body.user_id, body.amount)
        repository.add_child(transaction, origin, Model.TRANSACTIONS, row)
        add_entry(transaction, origin, row)
        try:
            commit_with_events(transaction, origin, changed(Model.TRANSACTIONS, "created", row))
        except users_repository.WalletFull as error:
            limit = f"±{MAX_INTEGER}"
            raise BadRequest(f"amount: the balance would leave the range of {limit}", param="amount") from error
        return TransactionView(row, user)

    return until_written(origin, Model.USERS, body.user_id, once)
