"""Which transaction used a nonce, where no receipt tells.

Behind one address there may be several nodes, of which one knows the signer's nonce and another lacks the receipt. The
block in which the nonce was used names the transactions in it, and asked for by number, no node answers for another
state of the chain.
"""

from enum import Enum
from functools import partial

from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.rpc_errors import NodeUnreachable, RpcError
from chalicelib.chain.service.nodes import Node
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.side_by_side import side_by_side

_FURTHEST_BACK = 1 << 14
_log = logger("chain")


class Verdict(Enum):
    """What the chain's nodes say, one by one, to what one of them shows."""

    AGREED = "agreed"
    NOT_YET = "a node has not come so far"
    DISPUTED = "disputed"


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
    for witness in node.others:
        for transaction_hash in hashes_of(row):
            try:
                receipt = witness.receipt(transaction_hash)
            except RpcError:
                break
            if receipt is not None:
                return receipt
    return None


def verdict_on(node: Node, receipt: Receipt) -> Verdict:
    """Whether the receipt's transaction is in the chain of most nodes; a single node is believed.

    Each is asked for the block, which names its transactions. One that most others contradict is passed over from now
    on. Raises `NodeUnreachable` where none of several answers.
    """
    nodes = node.rpc.nodes()
    if len(nodes) == 1:
        return Verdict.AGREED
    votes = side_by_side([partial(_vote, each, receipt) for each in nodes])
    yes, no = votes.count(_Vote.YES), votes.count(_Vote.NO)
    if yes == no == 0 and _Vote.LATER not in votes:
        raise NodeUnreachable("no node of the chain answers")
    if not no:
        return Verdict.NOT_YET if _Vote.LATER in votes else Verdict.AGREED
    if yes != no:
        wrong = _Vote.NO if yes > no else _Vote.YES
        for each, vote in zip(nodes, votes, strict=True):
            if vote is wrong:
                node.rpc.distrust(each)
        return Verdict.AGREED if yes > no else Verdict.DISPUTED
    _log.error("nodes disagree about a transaction", extra={"chain": node.name, "hash": receipt.transaction_hash})
    emit({"nodes_disagree": (1, "Count")}, chain=node.name)
    return Verdict.DISPUTED


class _Vote(Enum):
    YES = "yes"
    NO = "no"
    LATER = "later"
    NONE = "no answer"


def _vote(rpc: Rpc, receipt: Receipt) -> _Vote:
    try:
        block, hashes = rpc.block(receipt.block_number), rpc.block_transactions(receipt.block_number)
        if block is None or hashes is None:
            return _Vote.LATER
        if block.hash != receipt.block_hash or receipt.transaction_hash.lower() not in hashes:
            return _Vote.NO
        own = rpc.receipt(receipt.transaction_hash)
    except RpcError:
        return _Vote.NONE
    return _Vote.NO if own is not None and own.succeeded != receipt.succeeded else _Vote.YES


def others_deny_use(node: Node, row: SubmissionRow) -> bool:
    """Whether another node of the chain says that the nonce is still free."""
    sender = submission_rows.signer_address(row.pk)
    for other in node.rpc.nodes()[1:]:
        try:
            if other.nonce(sender) <= int(row.nonce):
                return True
        except RpcError:
            continue
    return False


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
