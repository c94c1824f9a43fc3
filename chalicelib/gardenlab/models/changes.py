"""Rows of changes of collections' contracts. This module is loaded when it is first needed."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import WholeNumber
from chalicelib.gardenlab.models import GardenlabRow

QUEUED, DONE, FAILED = "queued", "done", "failed"


class ChangeCountRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `CHANGES`: the number of the collection's latest change, final or not."""

    number = WholeNumber()


class ChangeRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `CHANGE#{number in 10 digits}`, from 1: a change of the collection's contract.

    `kind` to `royalty_basis_points` are a `chain.domain.changes.Change`. What follows `ended_at` is of its end:
    `tx_hash` to `cost_wei` where it is done, `code` and `error` where it failed.
    """

    number = WholeNumber()
    kind = UnicodeAttribute()
    token_id = UnicodeAttribute(null=True)
    contract_uri = UnicodeAttribute(null=True)
    royalty_receiver = UnicodeAttribute(null=True)
    royalty_basis_points = WholeNumber(default=0)
    state = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    tx_hash = UnicodeAttribute(null=True)
    transaction_url = UnicodeAttribute(null=True)
    cost_wei = WholeNumber(null=True)
    code = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
