"""What each signer has left to pay for transactions, as a metric."""

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import node_of
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.settings import settings

_WEI = 10**18
_SIDE_BY_SIDE = 8
_log = logger("chain")


def measure() -> None:
    """Writes `signer_balance`, in the chain's whole coins, for each configured chain; a local run writes nothing.

    A node that does not answer leaves its chain without a value, and holds up no other.
    """
    chains = () if settings().is_local else tuple(settings().chains)
    if chains:
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="balance") as threads:
            list(threads.map(_measure, chains))


def _measure(chain: str) -> None:
    node = node_of(chain)
    try:
        balance = node.rpc.balance(node.signer.address)
    except (RpcError, BotoCoreError, ClientError) as error:
        _log.warning("balance unknown", extra={"chain": chain, "why": str(error)})
    else:
        emit({"signer_balance": (balance / _WEI, "None")}, chain=chain)
