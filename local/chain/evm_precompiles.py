"""The EVM's functions on the curves BN128 and BLS12-381, loaded with the first contract that uses one, in 0.3 s."""

import importlib
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

from chalicelib.core.fences import is_as_written_for

WRITTEN_FOR: Final = "py-evm 0.12"
# By the module of `eth.precompiles` that has them.
_NAMES: Final = {
    "ecadd": ("ecadd",),
    "ecmul": ("ecmul",),
    "ecpairing": ("ecpairing",),
    "bls12_381": (
        "bls12_g1_add",
        "bls12_g1_msm",
        "bls12_map_fp_to_g1",
        "bls12_g2_add",
        "bls12_g2_msm",
        "bls12_map_fp2_to_g2",
        "bls12_pairing_check",
    ),
}


def load_curves_by_need() -> None:
    """To be called before the EVM is imported."""
    if "eth.precompiles" in sys.modules or not is_as_written_for(WRITTEN_FOR, version("py-evm")):
        return
    for module, names in _NAMES.items():
        _stand_in(f"eth.precompiles.{module}", names)


def _stand_in(module: str, names: Sequence[str]) -> None:
    stand_in = ModuleType(module)

    def by_need(name: str) -> Callable[..., Any]:
        def load_and_compute(*computation: Any, **costs: int) -> Any:
            if not computation:  # a fork gives its costs first
                return partial(load_and_compute, **costs)
            if sys.modules.get(module) is stand_in:
                del sys.modules[module]
            return getattr(importlib.import_module(module), name)(*computation, **costs)

        return load_and_compute

    vars(stand_in).update({name: by_need(name) for name in names})
    sys.modules[module] = stand_in
