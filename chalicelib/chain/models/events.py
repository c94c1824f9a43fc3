"""How far the events of the collections' contracts are applied."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.chain.models import ChainRow
from chalicelib.core.tables import JsonText


class CursorRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `CURSOR`: how far the events of the collections' contracts are applied.

    `position` is the newest block whose events are, `block_hash` its hash where it was asked for. `generation` counts
    how often they were read anew since another chain had taken its place; `edition` moves with each contract that
    joins. `noted_final` is a block that counted as final some minutes ago, with its hash; `window` how many blocks the
    node shows at a time. `listed_at` is when the contracts were last compared with the surface's.
    """

    position = NumberAttribute(null=True)
    block_hash = UnicodeAttribute(null=True)
    generation = NumberAttribute(default=0)
    edition = NumberAttribute(default=0)
    noted_final = NumberAttribute(null=True)
    noted_hash = UnicodeAttribute(null=True)
    window = NumberAttribute(null=True)
    listed_at = UTCDateTimeAttribute(null=True)


class FollowedRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `CONTRACT#{address, lower-case}`: a collection's contract, whose events are followed.

    It has none before `from_block`. `may_mint` is False where the minter's role was taken from our signer.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    from_block = NumberAttribute()
    may_mint = BooleanAttribute(null=True)


class LaterRow(ChainRow):
    """pk: `EVENTS#{chain}`; sk: `LATER#{position}`: what happened to a token and could not be applied yet.

    `happened` is the token, then its move, or its lock and the place of that, or when its URI was first asked for in
    vain and the place where it was set. A collection's settings are those of the token `collection`.
    """

    happened = JsonText()
