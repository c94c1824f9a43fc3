"""What something cost, in the chain's coin and in money."""

from decimal import Decimal
from typing import Final, NamedTuple

from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.core.settings import settings

_PLACES: Final = Decimal("0.000001")


class Cost(NamedTuple):
    """An amount in coins, as decimal text; `value` is what it is worth in `currency`, where the coin has a price."""

    coins: str
    value: str | None = None
    currency: str | None = None

    def __str__(self) -> str:
        return f"{self.coins} coins" if self.value is None else f"{self.coins} coins ({self.value} {self.currency})"


def cost_of(chain: str, wei: int) -> Cost:
    """An amount of a chain's coin; its value is by the present price, to six places."""
    configured = settings().chain_named(chain)
    if configured is None or configured.coin_price is None:
        return Cost(decimal(wei, COIN))
    value = (wei * Decimal(str(configured.coin_price)) / COIN).quantize(_PLACES)
    return Cost(decimal(wei, COIN), f"{value.normalize():f}", configured.currency)
