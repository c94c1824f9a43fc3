"""The `spaces` table.

| access pattern | by | cost |
| --- | --- | --- |
| one customer, invoice, event; a space by its number | GetItem | its size, 1 read unit for 4 KB |
| a list of an account's customers, invoices, … by creation, `created` included | Query of its partition | its page |
| the same of one space | Query of `by_space` | its page |
| the same of one e-mail address | Query of `by_email` | its page |
| the same of both | Query of `by_space_email` | its page |
| a customer's subscriptions | Query of `by_customer` | its page |
| spaces by number; by `created` | Query of their partition; of `by_space` | its page |
| the number of a new space, order or subscription | conditional update in its transaction | 2 write units |
| the key of the ids' MACs | GetItem, once a process | 1 read unit |

A list is one Query whatever its filters and its length: each combination of filters has its own partition key in an
index that all kinds of rows share, and the range key is the position, which carries the time. Indexes hold whole rows;
rows of a kind that lacks the filter are not in them. Lists without a filter are read from the table itself, strongly
consistent; an index follows within moments.
"""

from typing import Any, ClassVar

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.core.ids import digest
from chalicelib.core.tables import JsonText, Row, index, key
from chalicelib.spaces.domain import CAPTURED_EMAIL, CUSTOMER, EVENT, INVOICE, SUBSCRIPTION, created_of


class SpacesRow(Row):
    """Any row of the table. Of rows with ids, `prefix` is what the ids begin with, and `noun` what clients call one."""

    table = "spaces"
    prefix: ClassVar[str]
    noun: ClassVar[str]

    # Rows of one kind of one space, by creation; and an account's spaces, by creation.
    by_space = index("by_space", space_key=UnicodeAttribute, position=UnicodeAttribute)
    # Rows of one kind with one e-mail address, by creation.
    by_email = index("by_email", email_key=UnicodeAttribute, position=UnicodeAttribute)
    # Rows of one kind of one space with one e-mail address, by creation.
    by_space_email = index("by_space_email", space_email_key=UnicodeAttribute, position=UnicodeAttribute)
    # A customer's subscriptions, by creation.
    by_customer = index("by_customer", customer_key=UnicodeAttribute, position=UnicodeAttribute)
    space_key = UnicodeAttribute(null=True)
    email_key = UnicodeAttribute(null=True)
    space_email_key = UnicodeAttribute(null=True)
    customer_key = UnicodeAttribute(null=True)
    position = UnicodeAttribute(null=True)

    @property
    def created(self) -> int:
        """The creation time in Unix seconds, from the position."""
        return created_of(self.position)


class SecretRow(SpacesRow):
    """pk: `SECRET`; sk: `IDS`. The key of the MACs in ids, as hex: made once, and kept as long as the ids are."""

    secret = UnicodeAttribute()


class CounterRow(SpacesRow):
    """pk: `{origin}#COUNTERS`; sk: `SPACES`. How many spaces the account has."""

    spaces = NumberAttribute()


class SpaceRow(SpacesRow):
    """pk: `{origin}#SPACES`; sk: its number in ten digits. `orders` and `serials` are the last numbers given in it."""

    number = NumberAttribute()
    url = UnicodeAttribute(null=True)
    orders = NumberAttribute(default=0)
    serials = NumberAttribute(default=0)

    @property
    def id(self) -> int:
        """The space's id is its number."""
        return int(self.number)

    @property
    def n(self) -> int:
        """The number, as the API's paths call it."""
        return int(self.number)


class CustomerRow(SpacesRow):
    """pk: `{origin}#CUSTOMERS`; sk: its position. `version` counts its changes, `active` its active subscriptions."""

    prefix, noun = CUSTOMER, "customer"
    id = UnicodeAttribute()
    name = UnicodeAttribute()
    email = UnicodeAttribute()
    space = NumberAttribute()
    version = NumberAttribute(default=0)
    active = NumberAttribute(default=0)


class OrderRow(SpacesRow):
    """What a customer ordered. `customer` is as it was then, `items` are as shown."""

    id = UnicodeAttribute()
    space = NumberAttribute()
    customer = JsonText()
    currency = UnicodeAttribute()
    total = NumberAttribute()
    items = JsonText()
    billing_address = JsonText(null=True)
    shipping_address = JsonText(null=True)


class InvoiceRow(OrderRow):
    """pk: `{origin}#INVOICES`; sk: its position."""

    prefix, noun = INVOICE, "invoice"
    order_number = NumberAttribute()
    paid = BooleanAttribute(default=False)
    shipped = BooleanAttribute(default=False)
    shipping_details = JsonText(null=True)


class SubscriptionRow(OrderRow):
    """pk: `{origin}#SUBSCRIPTIONS`; sk: its position."""

    prefix, noun = SUBSCRIPTION, "subscription"
    serial_number = NumberAttribute()
    status = UnicodeAttribute()

    @property
    def token(self) -> str:
        """A subscription's id, as the API's paths call it."""
        return str(self.id)


class CapturedEmailRow(SpacesRow):
    """pk: `{origin}#CAPTURED`; sk: its position."""

    prefix = CAPTURED_EMAIL
    id = UnicodeAttribute()
    email = UnicodeAttribute()
    space = NumberAttribute()


class EventRow(SpacesRow):
    """pk: `{origin}#EVENTS`; sk: its position. `content` is the whole event as it is shown and sent."""

    prefix, noun = EVENT, "event"
    id = UnicodeAttribute()
    content = JsonText()


ROWS: tuple[type[Row], ...] = (SpacesRow,)

# The key part of each kind.
KINDS: dict[type[SpacesRow], str] = {
    SpaceRow: "SPACES",
    CustomerRow: "CUSTOMERS",
    InvoiceRow: "INVOICES",
    SubscriptionRow: "SUBSCRIPTIONS",
    CapturedEmailRow: "CAPTURED",
    EventRow: "EVENTS",
}


def partition(model: type[SpacesRow], account: str) -> str:
    """The partition of an account's rows of a kind."""
    return key(account, KINDS[model])


def space_sk(number: int) -> str:
    """The sort key of a space."""
    return f"{number:010}"


def filter_keys(model: type[SpacesRow], account: str, *, space: int | None, email: str | None) -> dict[str, Any]:
    """The index keys of a row for its space and its e-mail address (in canonical form)."""
    kind, address = KINDS[model], None if email is None else digest(email)
    return {
        "space_key": None if space is None else key(account, kind, "SPACE", space),
        "email_key": None if address is None else key(account, kind, "EMAIL", address),
        "space_email_key": None if space is None or address is None else key(account, kind, "BOTH", space, address),
    }


def customer_key(account: str, customer_id: str) -> str:
    """`customer_key` of a customer's subscriptions."""
    return key(account, "SUBSCRIPTIONS", "CUSTOMER", customer_id)
