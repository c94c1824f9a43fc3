"""Pages of all lists, one Query each."""

from typing import NamedTuple, TypeVar

from chalicelib.core.pagination import Page
from chalicelib.core.tables import read_page
from chalicelib.core.windows import Window
from chalicelib.spaces.models import SpacesRow, SubscriptionRow, customer_key, filter_keys, partition

R = TypeVar("R", bound=SpacesRow)


class Filters(NamedTuple):
    """The filters of a list; the e-mail address is in canonical form."""

    space: int | None = None
    email: str | None = None
    customer_id: str | None = None


def list_rows(model: type[R], account: str, window: Window, filters: Filters) -> Page[R]:
    """A page of an account's rows of a kind, newest first."""
    index, where = _place(model, account, filters)
    return read_page(model, where, window, sort=SpacesRow.sk if index is None else SpacesRow.position, index=index)


def _place(model: type[R], account: str, filters: Filters) -> tuple[str | None, str]:
    """The index and partition of exactly these rows; the index is None for the table itself."""
    if filters.customer_id is not None and model is SubscriptionRow:
        return "by_customer", customer_key(account, filters.customer_id)
    keys = filter_keys(model, account, space=filters.space, email=filters.email)
    if filters.space is not None and filters.email is not None:
        return "by_space_email", keys["space_email_key"]
    if filters.email is not None:
        return "by_email", keys["email_key"]
    if filters.space is not None:
        return "by_space", keys["space_key"]
    return None, partition(model, account)
