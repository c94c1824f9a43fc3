"""The accounts that sign and pay: what they have, and whether their chains know all that they sent."""

from functools import partial

from chalicelib.chain import rpc_errors
from chalicelib.chain.domain.amounts import COIN, decimal
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.node_states import NodeState
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import signers as signer_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.rpc_nodes import standings_of
from chalicelib.chain.schemas import SignerRead
from chalicelib.chain.service import submissions
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.outbox import CATCH_UP
from chalicelib.chain.service.owners import CollectionOwner, SignerLow
from chalicelib.chain.service.position import note_final_block
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.queues import Message, send_best_effort
from chalicelib.core.settings import settings

_log = logger("chain")


def list_signers() -> list[SignerRead]:
    """The signer of every configured chain."""
    return [signer_of(chain) for chain in settings().chain_names]


def signer_of(chain: str) -> SignerRead:
    """One chain's signer; what its node does not tell is null, and `error` says why. Raises `ChainUnknown`."""
    if settings().chain_named(chain) is None:
        raise ChainUnknown(chain)
    try:
        node = node_of(chain)
    except ChainUnknown as error:
        return SignerRead.with_nulls(chain=chain, nodes=[], error=str(error))
    known = partial(
        SignerRead.with_nulls,
        chain=chain,
        address=node.signer.address,
        key="secret" if node.configuration.signer_secret_id else "kms",
    )
    try:
        line, balance = submissions.line_of(node), node.rpc.balance(node.signer.address)
    except rpc_errors.RpcError as error:
        return known(error=str(error), nodes=standings_of(node.rpc))
    waits_for = _cause_of_wait(line, balance)
    return known(
        balance=decimal(balance, COIN),
        low=_is_low(node, balance, waits_for),
        next_nonce=line.next,
        in_flight=line.next - line.mined,
        waits_for=waits_for,
        nodes=standings_of(node.rpc),
    )


def watch(owner: CollectionOwner) -> None:
    """Writes each signer's balance as a metric, and has a chain that lost transactions of ours brought up to date.

    `signer_low` is 1 while the balance is below the chain's `low_balance`, or does not cover what is to be sent; the
    alarm has a threshold of its own. Partners are told once of each time that it becomes so.
    """
    for chain in settings().chain_names:
        try:
            _watch(node_of(chain), owner)
            note_final_block(node_of(chain))
        except (rpc_errors.RpcError, ChainUnknown) as error:
            _log.warning("chain not watched", extra={"chain": chain, "why": str(error)})
            emit({"chain_unreachable": (1, "Count")}, chain=chain)


def catch_up(chain: str) -> None:
    """Sends again what a chain lacks of its signer's transactions; the watch asks again where that takes long."""
    try:
        node = node_of(chain)
        sent = submissions.catch_up(node)
    except (rpc_errors.RpcError, ChainUnknown) as error:
        _log.warning("chain not brought up to date", extra={"chain": chain, "why": str(error)})
        return
    if sent:
        _log.warning("transactions sent again to a chain that lacked them", extra={"chain": chain, "count": sent})


def _watch(node: Node, owner: CollectionOwner) -> None:
    balance, line = node.rpc.balance(node.signer.address), submissions.line_of(node)
    passed_over = sum(each.state is not NodeState.USED for each in standings_of(node.rpc))
    low = _is_low(node, balance, _cause_of_wait(line, balance))
    emit(
        {
            "signer_balance": (balance / COIN, "None"),
            "signer_low": (int(low), "Count"),
            "chain_unreachable": (0, "Count"),
            "nodes_passed_over": (passed_over, "Count"),
        },
        chain=node.name,
    )
    if low:
        extra = {"chain": node.name, "address": node.signer.address, "balance": decimal(balance, COIN)}
        _log.warning("the signer's balance is low", extra=extra)
    if line.pending < (line.given or 0):
        send_best_effort([(JOBS, Message(CATCH_UP, {"pk": node.name}, group=node.name))])
    _tell_partners(node, line.pk, owner, low=low)


def _tell_partners(node: Node, pk: str, owner: CollectionOwner, *, low: bool) -> None:
    """Tells each partner with a collection on the chain that its signer wants coins, once until it has some again.

    That it does is noted first and all are told then, by events that are named after the note. Where the watch dies in
    between, the next tells all once more, also where there are coins again, and nobody hears it twice.
    """
    row = signer_rows.find_low(pk)
    if row is None and low:
        row = signer_rows.begin_low(pk, at=now())
    if row is not None and not row.told:
        for origin in sorted({origin for _, origin, _ in owner.contracts(node.name)}):
            owner.signer_low(origin, SignerLow(node.name, row.since))
        signer_rows.note_told(row)
    if row is not None and not low:
        signer_rows.end_low(row)


def _cause_of_wait(line: submissions.Line, balance: int) -> Cause | None:
    """Why the signer's next transaction is not mined, or could not be signed; None where nothing waits."""
    if line.given is not None and line.mined < line.given:
        return submission_rows.wait_of(line.pk, line.mined)
    return line.waits_for(balance)


def _is_low(node: Node, balance: int, waits_for: Cause | None) -> bool:
    """Whether the signer wants coins: it has less than is configured, or too few for what it is to do."""
    return submissions.is_low(node, balance) or waits_for is Cause.OUT_OF_FUNDS
