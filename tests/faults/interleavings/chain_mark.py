"""The embedded chain put back to where it was, with all that its node keeps beside the blocks."""

from copy import copy, deepcopy

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.settings import LOCAL_CHAIN
from local.chain import start_chain

_KEPT = ("_transactions", "_receipts", "_events", "_waiting", "_head_time")


def is_chain_embedded() -> bool:
    """True of the chain of this process; another one goes on by itself."""
    return start_chain() is not None


class ChainMark:
    """The embedded chain as it was when this was made."""

    def __init__(self) -> None:
        node = start_chain()
        assert node is not None
        self._ledger = node._ledger
        with self._ledger._lock:
            self._backend = deepcopy(self._ledger._chain._backend)
            self._kept = {name: copy(getattr(self._ledger, name)) for name in _KEPT}

        self.head = self._head()

    def is_present(self) -> bool:
        """True while the chain is as it was."""
        return self._head() == self.head

    def _head(self) -> str:
        block = self._ledger._alysis("eth_getBlockByNumber", "latest", False)
        return f"{block['hash']} {sorted(self._ledger._waiting)}"

    def restore(self) -> None:
        """The chain is as it was; nobody remembers a contract that came later, whose address may be another's now."""
        with self._ledger._lock:
            self._ledger._chain._backend = deepcopy(self._backend)
            for name, value in self._kept.items():
                setattr(self._ledger, name, copy(value))
        node_of(LOCAL_CHAIN)._contracts.clear()
