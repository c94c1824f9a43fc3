"""The `activity` table.

| access pattern | by | cost |
| --- | --- | --- |
| write an act | Put in the act's transaction | 1 KB, doubled |
| acts of an identity in a window | Query of `{origin}#ACT#{identity}#{activity}`, range of sk | what it counts |
| identities linked to an identity | Query of `{origin}#LINK#{identity}`, and of index `reverse` | its links |
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import Row, RowMeta


class ReverseIndex(GlobalSecondaryIndex["ActivityRow"]):
    """Links seen from their second identity."""

    class Meta:
        """PynamoDB's description of the index."""

        index_name = "reverse"
        projection = KeysOnlyProjection()

    reverse_pk = UnicodeAttribute(hash_key=True)
    reverse_sk = UnicodeAttribute(range_key=True)


class ActivityRow(Row):
    """Any row of the table."""

    class Meta(RowMeta):
        """Filled in by `Row`."""

    table = "activity"

    reverse = ReverseIndex()
    reverse_pk = UnicodeAttribute(null=True)
    reverse_sk = UnicodeAttribute(null=True)


class ActRow(ActivityRow):
    """pk: `{origin}#ACT#{identity}#{activity}`; sk: microseconds of the act in 17 digits, then its source."""

    at_micros = NumberAttribute()
    source = UnicodeAttribute()


class LinkRow(ActivityRow):
    """pk: `{origin}#LINK#{identity}` of the first; sk: kind and digest of the second."""

    first_kind = UnicodeAttribute()
    first_value = UnicodeAttribute()
    second_kind = UnicodeAttribute()
    second_value = UnicodeAttribute()


ROWS = (ActivityRow,)
