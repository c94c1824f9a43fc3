"""Rows of codes and of the key that signs them. This module is loaded when it is first needed."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import WholeNumber
from chalicelib.gardenlab.models import GardenlabRow


class CodeRow(GardenlabRow):
    """pk: `{origin}#{contract_id}#I#{interaction_id}`; sk: `CODE#{id}`; ids sort by creation.

    `public_id` is what the code's text begins with; `per_holder` None means as often as the interaction allows.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    interaction_id = UnicodeAttribute()
    id = UnicodeAttribute()
    public_id = UnicodeAttribute()
    name = UnicodeAttribute()
    password = UnicodeAttribute(null=True)
    expires_at = UTCDateTimeAttribute()
    max_uses = WholeNumber()
    per_holder = WholeNumber(null=True)
    used = WholeNumber(default=0)
    created_at = UTCDateTimeAttribute()
    revoked_at = UTCDateTimeAttribute(null=True)


class CodePlaceRow(GardenlabRow):
    """pk: `CODE#{public id, or digest of a password}`; sk: `PLACE`: the parts of the code's key."""

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    interaction_id = UnicodeAttribute()
    id = UnicodeAttribute()


class CodeUseRow(GardenlabRow):
    """pk: the code's; sk: `USE#{code id}#{digest of the holder}`: how often one holder used it."""

    used = WholeNumber(default=0)


class CodeKeyRow(GardenlabRow):
    """pk: `CODES`; sk: `KEY`. The key that codes are signed with, sealed."""

    sealed = UnicodeAttribute()
