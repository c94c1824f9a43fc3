"""What a partner may spend on a chain a day, and what of it is spent.

When a transaction is signed, the most that it may cost is held. When it is final, what it cost is spent and nothing is
held. So the sum of both never passes a limit, except where a transaction on its way must bid more: others wait behind
it.
"""

from datetime import date
from typing import Final, NamedTuple

_NEARLY_PERCENT: Final = 80


class Amounts(NamedTuple):
    """Tokens minted, tokens updated, and wei."""

    mints: int = 0
    updates: int = 0
    wei: int = 0

    def plus(self, other: "Amounts") -> "Amounts":
        """Both together."""
        return Amounts(self.mints + other.mints, self.updates + other.updates, self.wei + other.wei)

    def minus(self, other: "Amounts") -> "Amounts":
        """What is left without the other."""
        return Amounts(self.mints - other.mints, self.updates - other.updates, self.wei - other.wei)


NOTHING: Final = Amounts()


class Limits(NamedTuple):
    """The most of a day; None where there is no limit."""

    mints: int | None = None
    updates: int | None = None
    wei: int | None = None


class Reserved(NamedTuple):
    """What a transaction holds of a partner's budget in a period; the last three are `Amounts`."""

    origin: str
    period: str
    mints: int
    updates: int
    wei: int

    @property
    def amounts(self) -> Amounts:
        """What is held."""
        return Amounts(self.mints, self.updates, self.wei)

    def of(self, amounts: Amounts) -> "Reserved":
        """The same with other amounts."""
        return Reserved(self.origin, self.period, *amounts)


class Account(NamedTuple):
    """A budget in a period."""

    limits: Limits
    period: str
    spent: Amounts = NOTHING
    held: Amounts = NOTHING

    def room(self, tokens: int, asked: Amounts) -> int:
        """How many of the tokens fit, if a transaction for all of them costs this. Coins count as spread evenly."""
        fits = tokens
        for limit, used, wanted in zip(self.limits, self.spent.plus(self.held), asked, strict=True):
            if limit is not None and used + wanted > limit:
                fits = min(fits, max(limit - used, 0) * tokens // wanted)
        return fits

    @property
    def day(self) -> str:
        """The UTC day, such as 2026-11-30."""
        return self.period.partition(".")[0]

    @property
    def is_nearly_spent(self) -> bool:
        """Whether final transactions took 80 percent of a limit."""
        pairs = zip(self.limits, self.spent, strict=True)
        return any(limit is not None and spent * 100 >= limit * _NEARLY_PERCENT for limit, spent in pairs)

    def holding(self, amounts: Amounts) -> "Account":
        """The account with more held, or less by negative amounts."""
        return self._replace(held=self.held.plus(amounts))

    def settling(self, held: Amounts, spent: Amounts) -> "Account":
        """The account once a transaction that held something has taken something."""
        return self._replace(held=self.held.minus(held), spent=self.spent.plus(spent))


def period_of(day: date, made: str) -> str:
    """The period of a budget on a day."""
    return f"{day.isoformat()}.{made}"
