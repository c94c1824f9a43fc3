"""Metadata on its way to object storage."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.chain.models.table import ChainRow


class DocumentRow(ChainRow):
    """pk: `DOCUMENT#{cid}`; sk: `DOCUMENT`: metadata on its way to object storage."""

    document = UnicodeAttribute()
