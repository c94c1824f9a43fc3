"""The EVM's functions on the curve BLS12-381, loaded with the first contract that uses one: a quarter of a second."""

import importlib
import sys
from collections.abc import Callable
from importlib.metadata import version
from types import ModuleType
from typing import Any, Final

from chalicelib.core.fences import is_as_written_for

WRITTEN_FOR: Final = "py-evm 0.12"
_MODULE = "eth.precompiles.bls12_381"
_NAMES = (
    "bls12_g1_add",
    "bls12_g1_msm",
    "bls12_map_fp_to_g1",
    "bls12_g2_add",
    "bls12_g2_msm",
    "bls12_map_fp2_to_g2",
    "bls12_pairing_check",
)


def load_curve_by_need() -> None:
    """To be called before the EVM is imported."""
    if _MODULE in sys.modules or not is_as_written_for(WRITTEN_FOR, version("py-evm")):
        return
    stand_in = ModuleType(_MODULE)

    def by_need(name: str) -> Callable[[Any], Any]:
        def load_and_compute(computation: Any) -> Any:
            if sys.modules.get(_MODULE) is stand_in:
                del sys.modules[_MODULE]
            return getattr(importlib.import_module(_MODULE), name)(computation)

        return load_and_compute

    vars(stand_in).update({name: by_need(name) for name in _NAMES})
    sys.modules[_MODULE] = stand_in
