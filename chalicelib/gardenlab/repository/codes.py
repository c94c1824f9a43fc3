"""Rows of codes, of their uses, and of the key that signs them."""

import unicodedata
from datetime import datetime

from chalicelib.core.errors import Conflict
from chalicelib.core.ids import digest
from chalicelib.core.pagination import Page
from chalicelib.core.tables import Address, as_read, find, key, read_page, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.gardenlab.models.codes import CodeKeyRow, CodePlaceRow, CodeRow, CodeUseRow

PREFIX = "CODE#"
_PLACE = "PLACE"


class PasswordTaken(Conflict):
    """Another code of the partner's has this password."""

    def __init__(self) -> None:
        super().__init__("password: is that of another of your codes; choose one of your own", param="password")


def codes_key(origin: str, contract_id: str, interaction_id: str) -> str:
    """The partition of an interaction's codes."""
    return key(origin, contract_id, "I", interaction_id)


def password_id(origin: str, password: str) -> str:
    """The key of a partner's password; case and spaces do not matter."""
    folded = "".join(unicodedata.normalize("NFKC", password).casefold().split())
    return key("PASSWORD", digest(origin, folded))


def add_code(transaction: Transaction, row: CodeRow) -> None:
    """Adds a new code and the rows that find it; the commit may raise `PasswordTaken`."""
    transaction.create(row, otherwise=PasswordTaken())
    transaction.create(_place_row(row, row.public_id), otherwise=PasswordTaken())
    if row.password is not None:
        transaction.create(_place_row(row, password_id(row.origin, row.password)), otherwise=PasswordTaken())


def find_place(public_id: str) -> CodePlaceRow | None:
    """The row that finds a code by its text or password."""
    return find(CodePlaceRow, key("CODE", public_id), _PLACE)


def place_address(public_id: str) -> Address:
    """The key of that row, for a batch."""
    return CodePlaceRow, key("CODE", public_id), _PLACE


def code_address(origin: str, contract_id: str, interaction_id: str, code_id: str) -> Address:
    """The key of a code, for a batch."""
    return CodeRow, codes_key(origin, contract_id, interaction_id), key("CODE", code_id)


def find_code(origin: str, contract_id: str, interaction_id: str, code_id: str) -> CodeRow | None:
    """One code."""
    return find(CodeRow, codes_key(origin, contract_id, interaction_id), key("CODE", code_id))


def use_address(origin: str, contract_id: str, interaction_id: str, code_id: str, holder: str) -> Address:
    """The key of a holder's use count of a code, for a batch."""
    return CodeUseRow, codes_key(origin, contract_id, interaction_id), _use_key(code_id, holder)


def list_codes(
    origin: str, contract_id: str, interaction_id: str, *, limit: int, after: CodeRow | None
) -> Page[CodeRow]:
    """A page of an interaction's codes, newest first."""
    window = Window(limit, after=after.sk if after else None, since=PREFIX, until=PREFIX + "~")
    return read_page(CodeRow, codes_key(origin, contract_id, interaction_id), window, sort=CodeRow.sk)


def add_use(
    transaction: Transaction, row: CodeRow, holder: str, *, at: datetime, spent: Exception, used: Exception
) -> None:
    """Adds a use by a holder.

    The commit raises `spent` where the code is revoked, expired or used up, and `used` where the holder has used it as
    often as one holder may.
    """
    usable = (CodeRow.used < row.max_uses) & CodeRow.revoked_at.does_not_exist() & (CodeRow.expires_at > at)
    transaction.update(CodeRow(row.pk, row.sk), [CodeRow.used.add(1)], condition=usable, otherwise=spent)
    if row.per_holder is not None:
        use = CodeUseRow(row.pk, _use_key(row.id, holder))
        free = CodeUseRow.used.does_not_exist() | (CodeUseRow.used < row.per_holder)
        transaction.update(use, [CodeUseRow.used.add(1)], condition=free, otherwise=used)


def add_revocation(transaction: Transaction, row: CodeRow, *, at: datetime) -> None:
    """Adds the end of a code as it was read; its password is free again. The commit may raise `RowChanged`."""
    transaction.change(row, {"revoked_at": at}, unchanged=as_read(row, "used", "revoked_at"))
    if row.password is not None:
        transaction.delete(CodePlaceRow(key("CODE", password_id(row.origin, row.password)), _PLACE))


def find_key() -> str | None:
    """The sealed key that signs codes."""
    row = find(CodeKeyRow, "CODES", "KEY")
    return None if row is None else row.sealed


def keep_key(sealed: str) -> bool:
    """Stores the first key; False if there is one already."""
    return update_if(CodeKeyRow("CODES", "KEY"), [CodeKeyRow.sealed.set(sealed)], CodeKeyRow.pk.does_not_exist())


def _use_key(code_id: str, holder: str) -> str:
    return key("USE", code_id, digest(holder))


def _place_row(row: CodeRow, public_id: str) -> CodePlaceRow:
    return CodePlaceRow(
        key("CODE", public_id),
        _PLACE,
        origin=row.origin,
        contract_id=row.contract_id,
        interaction_id=row.interaction_id,
        id=row.id,
    )
