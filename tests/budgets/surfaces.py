"""The surfaces whose calls have budgets, each warm."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.budgets.calls import Warm, WarmTold
from tests.budgets.dreamspace import WarmDream
from tests.platform import Platform

SURFACES: Mapping[str, Callable[[Platform], Any]] = {
    "gardenlab": lambda platform: Warm(platform.new_partner()),
    "told": lambda platform: WarmTold(platform.new_partner()),
    "dreamspace": WarmDream,
}
