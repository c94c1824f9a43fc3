"""What a transaction would do, without one: `eth_call` and `eth_estimateGas` as geth answers them.

| a call | is answered |
| --- | --- |
| with a nonce | as if it had none: what the account has sent matters to a transaction alone |
| without `to` | with what the constructor returns |
| with state overrides | on the state with `balance`, `nonce`, `code` and `stateDiff` changed |
| with more `gas` than a block has | with a block's |
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from local.chain.evm_faults import INVALID_PARAMS, SERVER_ERROR, RpcFault, geth_words, reverted
from local.chain.evm_gas import execute, least_gas, likely_gas, smallest_gas, suffices

_ADDRESS_BYTES: Final = 20
_OVERRIDES: Final = frozenset({"balance", "nonce", "code", "stateDiff"})


class _Call(NamedTuple):
    """A call object; `gas` and `gas_price` None where it leaves them open. `to` is empty for a deployment."""

    sender: bytes
    to: bytes
    value: int
    data: bytes
    gas: int | None
    gas_price: int | None


def run(chain: Any, header: Any, given: Mapping[str, Any], overrides: Mapping[str, Any] | None) -> str:
    """What the call returns, on top of the block of the header. Raises `RpcFault`."""
    call = _read(given)
    with _state(chain, header, overrides) as state:
        transaction = _transaction(chain, state, call, _most_gas(state, call))
        computation = execute(state, transaction, gas_price=call.gas_price or 0)
    _raise_error_of(computation)
    return "0x" + bytes(computation.output).hex()


def estimate(chain: Any, header: Any, given: Mapping[str, Any], overrides: Mapping[str, Any] | None) -> str:
    """A gas limit that was tried and suffices, within what the call gives and its sender can pay. Raises `RpcFault`."""
    from eth.exceptions import OutOfGas

    call = _read(given)
    with _state(chain, header, overrides) as state:
        allowed = _allowance(state, call)
        transaction = _transaction(chain, state, call, allowed)
        if allowed < least_gas(transaction):
            raise _beyond(allowed)
        generous = execute(state, transaction)
        if generous.is_error and isinstance(generous.error, OutOfGas):
            raise _beyond(allowed)
        _raise_error_of(generous)
        likely = likely_gas(generous, transaction)
        if likely <= allowed and suffices(state, transaction, likely):
            return hex(likely)
        return hex(smallest_gas(state, transaction, allowed))


@contextmanager
def _state(chain: Any, header: Any, overrides: Mapping[str, Any] | None) -> Iterator[Any]:
    """A state that is thrown away, whose block asks no fee."""
    from eth_utils.exceptions import ValidationError

    try:
        with chain.get_vm(header).in_costless_state() as state:
            for address, changes in (overrides or {}).items():
                _override(state, _bytes(address), changes)
            yield state
    except ValidationError as error:
        raise RpcFault(SERVER_ERROR, geth_words(str(error))) from error


def _override(state: Any, address: bytes, changes: Mapping[str, Any]) -> None:
    if unknown := changes.keys() - _OVERRIDES:
        raise RpcFault(INVALID_PARAMS, f"overriding {', '.join(sorted(unknown))} is not supported")
    if "balance" in changes:
        state.set_balance(address, int(changes["balance"], 16))
    if "nonce" in changes:
        state.set_nonce(address, int(changes["nonce"], 16))
    if "code" in changes:
        state.set_code(address, _bytes(changes["code"]))
    for slot, value in (changes.get("stateDiff") or {}).items():
        state.set_storage(address, int(slot, 16), int(value, 16))


def _read(given: Mapping[str, Any]) -> _Call:
    to = _bytes(given.get("to") or "0x")
    sender = _bytes(given.get("from") or "0x" + "00" * _ADDRESS_BYTES)
    if len(sender) != _ADDRESS_BYTES or len(to) not in (0, _ADDRESS_BYTES):
        raise RpcFault(INVALID_PARAMS, f"an address has {_ADDRESS_BYTES} bytes")
    price = given.get("gasPrice") or given.get("maxFeePerGas")
    return _Call(
        sender=sender,
        to=to,
        value=int(given.get("value") or "0x0", 16),
        data=_bytes(given.get("input") or given.get("data") or "0x"),
        gas=int(given["gas"], 16) if given.get("gas") else None,
        gas_price=int(price, 16) if price else None,
    )


def _most_gas(state: Any, call: _Call) -> int:
    """What the call gives, and a block has."""
    limit = int(state.gas_limit)
    return limit if call.gas is None else min(call.gas, limit)


def _allowance(state: Any, call: _Call) -> int:
    """The most gas that may be tried. Raises `RpcFault` where the sender lacks the value itself."""
    allowed = _most_gas(state, call)
    left = int(state.get_balance(call.sender)) - call.value
    if left < 0:
        raise RpcFault(SERVER_ERROR, "insufficient funds for transfer")
    return min(allowed, left // call.gas_price) if call.gas_price else allowed


def _transaction(chain: Any, state: Any, call: _Call, gas: int) -> Any:
    from eth.vm.spoof import SpoofTransaction

    unsigned = chain.create_unsigned_transaction(
        gas_price=0, gas=gas, nonce=state.get_nonce(call.sender), value=call.value, data=call.data, to=call.to
    )
    return SpoofTransaction(unsigned, from_=call.sender)


def _raise_error_of(computation: Any) -> None:
    from eth.exceptions import OutOfGas, Revert

    if not computation.is_error:
        return
    error = computation.error
    if isinstance(error, Revert):
        raise reverted(bytes(error.args[0]))
    words = "out of gas" if isinstance(error, OutOfGas) else "execution failed"
    raise RpcFault(SERVER_ERROR, f"{words}: {error}")


def _beyond(allowed: int) -> RpcFault:
    return RpcFault(SERVER_ERROR, f"gas required exceeds allowance ({allowed})")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
