"""How much gas a transaction needs, found as geth finds it: from what one execution used.

py-evm halves the range between the least and a whole block until it is narrow, which runs a deployment thirteen times.
"""

from typing import Any

# A call hands on at most 63 of 64 parts of its gas, and may leave a stipend behind.
_HANDED_ON, _OF = 63, 64
_STIPEND = 2_300


def estimate(state: Any, transaction: Any) -> int:
    """A limit that was tried and suffices. Raises `VMError` where a whole block's gas does not."""
    from eth.estimators.gas import binary_gas_search_intrinsic_tolerance
    from eth.vm.spoof import SpoofTransaction

    generous = _execute(state, SpoofTransaction(transaction, gas=state.gas_limit, gas_price=0))
    if generous.is_error:
        raise generous.error
    used = generous.get_gas_used()
    if used == 0:
        return int(transaction.intrinsic_gas)
    likely = int((transaction.intrinsic_gas + used + _STIPEND) * _OF // _HANDED_ON)
    if likely < state.gas_limit and not _execute(state, SpoofTransaction(transaction, gas=likely)).is_error:
        return likely
    return int(binary_gas_search_intrinsic_tolerance(state, transaction))


def _execute(state: Any, transaction: Any) -> Any:
    snapshot = state.snapshot()
    try:
        return state.apply_transaction(transaction)
    finally:
        state.revert(snapshot)
