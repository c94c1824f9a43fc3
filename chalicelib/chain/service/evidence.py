"""Which transaction used a nonce, where no receipt tells.

Behind one address there may be several nodes, of which one knows the signer's nonce and another lacks the receipt. The
block in which the nonce was used names the transactions in it, and asked for by number, no node answers for another
state of the chain.
"""

from chalicelib.chain.models import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.rpc import Receipt
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import Node

_FURTHEST_BACK = 1 << 14


def hashes_of(row: SubmissionRow) -> tuple[str, ...]:
    """The transactions that were signed with the nonce, the latest first."""
    return (row.hash, *reversed(row.replaced or ()))


def receipt_of(node: Node, row: SubmissionRow) -> Receipt | None:
    """The receipt of the one that was mined, as the chain's node shows it."""
    for transaction_hash in hashes_of(row):
        receipt = node.rpc.receipt(transaction_hash)
        if receipt is not None:
            return receipt
    return None


def receipt_elsewhere(node: Node, row: SubmissionRow) -> Receipt | None:
    """The receipt as another node of the chain shows it."""
    for witness in node.witnesses:
        for transaction_hash in hashes_of(row):
            try:
                receipt = witness.receipt(transaction_hash)
            except RpcError:
                break
            if receipt is not None:
                return receipt
    return None


def is_ours_mined(node: Node, row: SubmissionRow, *, until: int) -> bool | None:
    """Whether one of ours used the nonce, which is used in the block `until`; None where the node cannot show it."""
    try:
        block = _block_of_use(node, row, until=until)
        hashes = None if block is None else node.rpc.block_transactions(block)
    except RpcError:
        return None
    return None if hashes is None else any(each.lower() in hashes for each in hashes_of(row))


def _block_of_use(node: Node, row: SubmissionRow, *, until: int) -> int | None:
    """The first block after which the nonce was used; looked for further and further back, then between."""
    sender, nonce = submission_rows.signer_address(row.pk), int(row.nonce)
    used, step = until, 1
    while True:
        unused = used - step
        if unused < 0 or step > _FURTHEST_BACK:
            return None
        if node.rpc.nonce(sender, unused) <= nonce:
            break
        used, step = unused, 2 * step
    while used - unused > 1:
        between = (used + unused) // 2
        if node.rpc.nonce(sender, between) <= nonce:
            unused = between
        else:
            used = between
    return used
