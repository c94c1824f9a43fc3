"""What partners may spend on a chain, and what of today they have spent."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.chain.models import ChainRow
from chalicelib.core.tables import JsonText, WholeNumber


class BudgetRow(ChainRow):
    """pk: `BUDGET#{origin}#{chain}`; sk: `BUDGET`: what a partner may spend on a chain a UTC day.

    `mints`, `updates` and `wei` are the limits, None without one. `spent` and `held` are `domain.budgets.Amounts` of
    the `period`: what final transactions took, and what those on their way may take at most. A period is a day, and
    behind it the `made` of the budget: one that is made anew knows nothing of what an earlier one held. `told` is the
    period in which it was told that the budget is nearly spent. `version` moves with every change.
    """

    origin = UnicodeAttribute()
    mints = WholeNumber(null=True)
    updates = WholeNumber(null=True)
    wei = WholeNumber(null=True)
    made = UnicodeAttribute()
    period = UnicodeAttribute()
    spent = JsonText()
    held = JsonText()
    told = UnicodeAttribute(null=True)
    version = WholeNumber()


class BudgetedRow(ChainRow):
    """pk: `BUDGETED#{chain}`; sk: `BUDGETED`: the `origins` of the partners that have a budget on a chain.

    Each of the `signers`, keys of `SignerRow`s, has a copy, which is read with its nonce: so a partner without a budget
    costs no request.
    """

    origins = JsonText()
    signers = JsonText()
    version = WholeNumber()
