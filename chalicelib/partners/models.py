"""The `partners` table.

| access pattern | by | cost |
| --- | --- | --- |
| authenticate a key | UpdateItem of `KEY#{id}` (stamps last use, answers the row), cached 60 s | 1 write unit |
| allow a change only while a key is not revoked | ConditionCheck of `KEY#{id}` in its transaction | 2 write units |
| one partner | GetItem | ½–1 read unit |
| how long its rows are kept | GetItem, cached 60 s | ½ read unit |
| take one off a partner's budget of collections | Update of `{origin}` in a transaction | 2 write units |
| all partners, one partner's keys | Query of index `listing`, a page | its page |
| note that something is removed | PutItem `{origin}`/`REMOVAL` | 1 write unit |
| whether something was removed within the last minute | in the batch of a list | 1 read unit |
| a partner's audit log, newest first | Query of `{origin}#AUDIT`, a page | its page |
| entries of it by whom, what and when | the same with a filter, which looks at 250 rows, or 1 MB | what it looks at |

Keys are the one kind of row found before the partner is known, so their key begins with the key's own random id.
"""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import JsonText, Row, index


class PartnersRow(Row):
    """Any row of the table."""

    table = "partners"

    # Rows of one kind, in one list: `list_key` names the list, `list_sort` the order.
    listing = index("listing", list_key=UnicodeAttribute, list_sort=UnicodeAttribute)
    list_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)


class PartnerRow(PartnersRow):
    """pk: `{origin}`; sk: `PARTNER`. Listed under `PARTNERS` by creation. `retention` holds days, by kind, as set."""

    origin = UnicodeAttribute()
    display_name = UnicodeAttribute()
    contact_email = UnicodeAttribute(null=True)
    collection_budget = NumberAttribute(default=0)
    retention = JsonText(null=True)
    created_at = UTCDateTimeAttribute()


class KeyRow(PartnersRow):
    """pk: `KEY#{id}`; sk: `KEY`. Listed under `KEYS#{origin}` by creation. The secret is kept as a hash alone."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    name = UnicodeAttribute()
    prefix = UnicodeAttribute()
    secret_sha256 = UnicodeAttribute()
    scopes = JsonText()
    revoked = BooleanAttribute(default=False)
    created_at = UTCDateTimeAttribute()
    last_used_at = UTCDateTimeAttribute(null=True)
    revoked_at = UTCDateTimeAttribute(null=True)


class AuditRow(PartnersRow):
    """pk: `{origin}#AUDIT`; sk: a time-ordered id."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    target = UnicodeAttribute()
    before = JsonText(null=True)
    after = JsonText(null=True)


class RemovalRow(PartnersRow):
    """pk: `{origin}`; sk: `REMOVAL`: when an object of the partner's was last removed, or what it holds replaced."""

    at = UTCDateTimeAttribute()


ROWS = (PartnersRow,)
