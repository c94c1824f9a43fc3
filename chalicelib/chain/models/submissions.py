"""A signer, its transactions and the next look at them."""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.chain.models import ChainRow
from chalicelib.core.tables import JsonText, WholeNumber

PENDING, FINAL, LOST = "pending", "final", "lost"


class SubmissionRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `TX#{nonce in 12 digits}`: what the signer did with one nonce, kept for ever.

    `jobs` lists [pk, sk] of the jobs it carries; `uris` maps a token id to the URI that its updates set. `raw` and
    `hash` are the signed transaction to send: the latest, or the one that was mined. `replaced` lists the hashes of
    the others; `cancel_hash` is that of the self-send which gives the nonce up, for the `cause` that `reason`
    puts in words. `head` to `waits_for` are its `domain.pressing.Progress`. `reserved` is what it holds of a partner's
    budget, as `domain.budgets.Reserved`; absent without a budget. Stored before it is broadcast.
    """

    nonce = NumberAttribute()
    raw = UnicodeAttribute()
    hash = UnicodeAttribute()
    replaced = JsonText(null=True)
    cancel_hash = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    head = NumberAttribute(null=True)
    head_at = UTCDateTimeAttribute(null=True)
    waited_seconds = NumberAttribute(null=True)
    bid_head = NumberAttribute(null=True)
    unseen_head = NumberAttribute(null=True)
    waits_for = UnicodeAttribute(null=True)
    uris = JsonText(null=True)
    jobs = JsonText()
    reserved = JsonText(null=True)
    state = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    signed_at = UTCDateTimeAttribute(null=True)


class RawRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `RAW#{hash}`: the bytes of a transaction that another one replaced."""

    raw = UnicodeAttribute()


class SignerRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `SIGNER`. `waits_for` is why it signed nothing when it was last asked to.

    `wants` is how much wei it would have needed then; absent where another reason kept it.
    `budgeted` is a copy of the `BudgetedRow`'s origins; absent until it signs with budgets in mind.
    """

    next_nonce = NumberAttribute()
    budgeted = JsonText(null=True)
    waits_for = UnicodeAttribute(null=True)
    wants = WholeNumber(null=True)


class LowRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `LOW`: the signer wants coins, `since` a time in microseconds.

    `told` once all partners are told. It has coins where `since` is absent.
    """

    since = WholeNumber(null=True)
    told = BooleanAttribute(default=False)


class LookRow(ChainRow):
    """pk: `SIGNER#{chain}#{address}`; sk: `LOOK`: the one message that looks at the signer's transactions next.

    `look_at` is when it is due, and names it; `nonce` is of the oldest transaction that may not be final; `head` is the
    newest block that was seen, first at `head_at`. No look is to come where `look_at` is absent.
    """

    look_at = UnicodeAttribute(null=True)
    nonce = NumberAttribute()
    head = NumberAttribute(null=True)
    head_at = UTCDateTimeAttribute(null=True)
