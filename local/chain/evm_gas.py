"""How much gas a transaction needs, found as geth finds it: from what one execution used.

py-evm halves the range between the least and a whole block until it is narrow, which runs a deployment thirteen times.
"""

from typing import Any

# EIP-150: a call hands on at most 63 of 64 parts of its gas. One with a value gets a stipend, which it may not use up.
_HANDED_ON, _OF = 63, 64
_STIPEND = 2_300
# EIP-7623: what a transaction pays at least, by the bytes of its data. py-evm charges it without a check of the limit.
TRANSFER_GAS, _FLOOR_A_ZERO, _FLOOR_A_BYTE = 21_000, 10, 40
# The search ends once it is this near.
_TOLERANCE = 1_000


def least_gas(transaction: Any) -> int:
    """What a transaction needs before it does anything."""
    zeros = transaction.data.count(0)
    floor = TRANSFER_GAS + _FLOOR_A_ZERO * zeros + _FLOOR_A_BYTE * (len(transaction.data) - zeros)
    intrinsic = int(transaction.intrinsic_gas)
    return max(intrinsic, int(floor))


def likely_gas(generous: Any, transaction: Any) -> int:
    """A limit that suffices nearly always, by an execution with plenty; it is to be tried."""
    used = int(generous.get_gas_used())
    if used == 0:
        return least_gas(transaction)
    return max((int(transaction.intrinsic_gas) + used + _STIPEND) * _OF // _HANDED_ON, least_gas(transaction))


def suffices(state: Any, transaction: Any, gas: int) -> bool:
    """Whether the transaction succeeds within a limit; it is tried."""
    from eth.vm.spoof import SpoofTransaction

    return not execute(state, SpoofTransaction(transaction, gas=gas)).is_error


def smallest_gas(state: Any, transaction: Any, most: int) -> int:
    """The smallest limit that suffices, or a little more, where `most` does."""
    least = least_gas(transaction) - 1
    while most - least > _TOLERANCE:
        middle = (least + most) // 2
        if suffices(state, transaction, middle):
            most = middle
        else:
            least = middle
    return most


def execute(state: Any, transaction: Any, *, gas_price: int = 0) -> Any:
    """What the transaction does, at no cost; the state stays as it was. Contracts see the price."""
    snapshot = state.snapshot()
    try:
        with state.override_transaction_context(gas_price=gas_price):
            return state.apply_transaction(transaction)
    finally:
        state.revert(snapshot)
