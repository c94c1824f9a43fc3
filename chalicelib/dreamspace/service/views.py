"""Views of objects: a row together with the objects it refers to, ready for the `…Read` schemas."""

from datetime import datetime
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.times import stored_time
from chalicelib.dreamspace.models import EventRow, SpecimenRow, TransactionRow, UserRow
from chalicelib.dreamspace.repository.documents import DocumentRows, Stamp
from chalicelib.dreamspace.repository.users import UserRows
from chalicelib.dreamspace.schemas.fields import server_zone
from chalicelib.dreamspace.service import storage


def server_now() -> datetime:
    """The current time in the server's timezone, with a fixed offset."""
    moment = now().astimezone(server_zone())
    return stored_time(moment.isoformat())


class View:
    """Gives access to a row's attributes; subclasses add more."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class DocumentView(View):
    """A document with its stamps. Data in object storage must be fetched before it is shown."""

    def __init__(self, rows: DocumentRows) -> None:
        super().__init__(rows.row)
        self.rows = rows
        self._data: str | None = rows.row.inline

    def show(self, data: str) -> None:
        """Sets the data, if it is known."""
        self._data = data

    @property
    def stamps(self) -> list[Stamp]:
        """Ascending by id."""
        return self.rows.stamps

    @property
    def stamp_types(self) -> set[str]:
        """The types of its stamps."""
        return {stamp.stamp_type for stamp in self.rows.stamps}

    def fetch(self) -> None:
        """Fetches the data where it is not at hand. Raises `ObjectGone` where the document has changed meanwhile."""
        if self._data is None:
            self._data = storage.fetch(self.row)

    @property
    def document_data(self) -> str:
        """The data as it was given."""
        assert self._data is not None, "the data was not fetched"
        return self._data

    @property
    def stored_bytes(self) -> int:
        """The size of data that is not fetched yet."""
        return self.row.data_bytes if self._data is None else 0


class EventView(View):
    """An event with its user and document, if they exist."""

    def __init__(self, row: EventRow, user: UserRow | None, document: DocumentView | None) -> None:
        super().__init__(row)
        self.user = user
        self.document = document

    def fetch(self) -> None:
        """Fetches the document's data, where there is a document. Raises `ObjectGone`."""
        if self.document is not None:
            self.document.fetch()

    @property
    def user_id(self) -> int | None:
        """None if the user does not exist any more."""
        return None if self.user is None else self.user.user_id

    @property
    def document_id(self) -> int | None:
        """None without a document."""
        return None if self.document is None else self.document.document_id

    @property
    def document_seal(self) -> int | None:
        """The document's current seal."""
        return None if self.document is None else self.document.seal


class SpecimenView(View):
    """A specimen with its owner."""

    def __init__(self, row: SpecimenRow, owner: UserRow) -> None:
        super().__init__(row)
        self.owner = owner


class TransactionView(View):
    """A transaction with its user."""

    def __init__(self, row: TransactionRow, user: UserRow) -> None:
        super().__init__(row)
        self.user = user


class UserDetailsView(View):
    """A user with its current specimen and its wallet."""

    def __init__(self, rows: UserRows) -> None:
        super().__init__(rows.user)
        self.rows = rows
        self.inventory: list[Any] = []

    @property
    def specimen(self) -> SpecimenView | None:
        """The specimen that is not forgotten and was born last."""
        return None if self.rows.specimen is None else SpecimenView(self.rows.specimen, self.rows.user)

    @property
    def wallet(self) -> int | None:
        """The balance; None without transactions."""
        return None if self.rows.wallet is None else self.rows.wallet.balance

    @property
    def balance(self) -> int | None:
        """The same, as `/wallet` calls it."""
        return self.wallet
