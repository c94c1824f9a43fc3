"""Several nodes of one chain as if they were one: which are asked, which are passed over, and for how long.

| a node that | is |
| --- | --- |
| does not answer in time, answers 429 or an error of its own | passed over for half a minute, then asked again |
| does not keep blocks so old | the same |
| is more than `max_lag` blocks behind the best | passed over until a survey finds it near |
| has another chain's id, or shows another block than most | passed over until a survey finds it with the others |
| shows a receipt that most of the others deny | passed over for ten minutes |

Nodes are surveyed at most every quarter of a minute, and only while the chain is used. A signed transaction goes to all
of them, the passed-over ones too. With one node there is nothing to choose, and nothing is surveyed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

from chalicelib.chain.domain.node_states import NodeState
from chalicelib.chain.rpc import JsonRpc, Rpc
from chalicelib.chain.rpc_answers import Block, hash_of
from chalicelib.chain.rpc_errors import (
    AlreadyKnown,
    NodeUnreachable,
    NonceTooHigh,
    NonceTooLow,
    RpcError,
    RpcRefused,
    TransientRpcError,
)
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.settings import ChainSettings, settings
from chalicelib.core.side_by_side import side_by_side

T = TypeVar("T")

_log = logger("chain")
_SURVEY_SECONDS: Final = 15.0
_SILENT_SECONDS: Final = 30.0
_DISTRUSTED_SECONDS: Final = 600.0
# A node that tells its newest block no sooner than this is too slow to work with.
_SURVEYED_WITHIN_SECONDS: Final = 3.0


class NodeStanding(NamedTuple):
    """A node as the last survey, or a call since, found it. `head` is its newest block, None where it did not say."""

    host: str
    state: NodeState
    head: int | None


class _Member:
    """One node. `short` is the same one with less patience; `again_at` is when it is surveyed again."""

    def __init__(self, url: str, seconds: float) -> None:
        self.rpc = JsonRpc(url, timeout_seconds=seconds)
        self.short = JsonRpc(url, timeout_seconds=min(seconds, _SURVEYED_WITHIN_SECONDS))
        self.state = NodeState.USED
        self.head: int | None = None
        self.chain_id: int | None = None
        self.again_at: datetime | None = None

    def pass_over(self, state: NodeState, *, seconds: float, why: str) -> None:
        """Leaves the node aside, at least for so long."""
        if state is not self.state:
            _log.warning("node passed over", extra={"node": self.rpc.host, "state": state, "why": why})
        self.state, self.again_at = state, now() + settings().span(seconds)

    def silence(self, error: RpcError) -> None:
        """Leaves the node aside that gave no result now."""
        self.pass_over(NodeState.SILENT, seconds=_SILENT_SECONDS, why=str(error))

    def newest(self) -> Block | None:
        """Its newest block, once it has told its chain's id; None where it does not say, and then it is left aside."""
        if self.chain_id is None or self.state is NodeState.FORKED:
            self.chain_id = self._surveyed(self.short.chain_id)
        return None if self.chain_id is None else self._surveyed(lambda: self.short.block("latest"))

    def hash_at(self, height: int) -> str | None:
        """The hash of its block there."""
        block = self._surveyed(lambda: self.short.block(height))
        return None if block is None else block.hash

    def _surveyed(self, ask: Callable[[], T | None]) -> T | None:
        try:
            found = ask()
        except RpcError as error:
            self.silence(error)
            return None
        if found is None:
            self.pass_over(NodeState.LAGGING, seconds=0, why="it lacks a block that it should have")
        return found


class RpcNodes(Rpc):
    """A chain behind several nodes. Safe to share between threads.

    Nodes whose blocks differ at `depth`, where blocks are final, are on different chains, and so are nodes with
    different chain ids. Without `chain_id` the id of the first node that tells its own counts.
    """

    def __init__(
        self, urls: Sequence[str], *, seconds: float, max_lag: int, depth: int, chain_id: int | None = None
    ) -> None:
        self._members = [_Member(url, seconds) for url in urls]
        self._chain_id = chain_id
        self._max_lag, self._depth = max_lag, depth
        self._surveyed_at: datetime | None = None
        self._lock = Lock()

    def read(self, reader: Callable[[Any], T], method: str, *params: Any) -> T:
        """The answer of the first node that gives one. What the chain itself refuses is not asked of another."""
        failures: list[RpcError] = []
        for member in self._usable():
            try:
                return self.ask(member, reader, method, *params)
            except NonceTooHigh:
                raise
            except (TransientRpcError, RpcRefused) as failure:
                failures.append(failure)
        # What a node said of this very call tells more than that another one was silent.
        raise next((each for each in failures if isinstance(each, RpcRefused)), failures[0])

    def send_raw(self, raw: str) -> str:
        """Hands a signed transaction to every node. It is sent where one of them takes it."""
        usable = self._usable()
        offers = side_by_side([partial(self._offer, each, raw, is_usable=each in usable) for each in self._members])
        answers = [
            offer
            for _, offer in sorted(zip(self._members, offers, strict=True), key=lambda each: each[0] not in usable)
        ]
        for answer in answers:
            if isinstance(answer, str):
                return answer
        refusals = [answer for answer in answers if not isinstance(answer, str)]
        raise min(refusals, key=_weight)

    def steady(self) -> Rpc:
        """The chain by the preferred node of this moment. It is another one at the next call, if this one fails."""
        return _Steady(self, self._usable()[0])

    def nodes(self) -> Sequence[Rpc]:
        """The nodes that are not passed over."""
        return [member.rpc for member in self._usable()]

    def distrust(self, node: Rpc) -> None:
        """Passes a node over for ten minutes."""
        for member in self._members:
            if member.rpc is node:
                member.pass_over(NodeState.DISTRUSTED, seconds=_DISTRUSTED_SECONDS, why="the other nodes deny it")

    def standings(self) -> list[NodeStanding]:
        """How each node stands, in order."""
        self._usable()
        return [NodeStanding(each.rpc.host, each.state, each.head) for each in self._members]

    def ask(self, member: _Member, reader: Callable[[Any], T], method: str, *params: Any) -> T:
        """One node's answer; where it gives none, it is passed over from now on."""
        try:
            return member.rpc.read(reader, method, *params)
        except NonceTooHigh:
            raise  # that is the transaction's fault
        except TransientRpcError as silence:
            member.silence(silence)
            raise

    def _offer(self, member: _Member, raw: str, *, is_usable: bool) -> str | RpcError:
        try:
            if is_usable:
                return self.ask(member, hash_of, "eth_sendRawTransaction", raw)
            return member.short.send_raw(raw)
        except RpcError as error:
            return error

    def _usable(self) -> list[_Member]:
        """The nodes to ask, in order. Where none is left, those that were silent, since one may be back."""
        self._survey()
        used = [each for each in self._members if each.state is NodeState.USED]
        return used or [each for each in self._members if each.state is NodeState.SILENT] or self._members

    def _survey(self) -> None:
        with self._lock:
            present = now()
            if self._surveyed_at is not None and present - self._surveyed_at < settings().span(_SURVEY_SECONDS):
                return
            self._surveyed_at = present
            due = [each for each in self._members if each.again_at is None or each.again_at <= present]
            blocks = side_by_side([each.newest for each in due]) if due else []
            found = [(each, block.number) for each, block in zip(due, blocks, strict=True) if block is not None]
            found = self._without_other_chains(found)
            if found:
                self._compare(found)

    def _without_other_chains(self, found: list[tuple[_Member, int]]) -> list[tuple[_Member, int]]:
        """Passes over those that tell another chain's id; gives the others."""
        known = (each.chain_id for each in self._members if each.chain_id is not None)
        expected = self._chain_id or next(known, None)
        for member, _ in found:
            if member.chain_id != expected:
                why = f"its chain has the id {member.chain_id}, not {expected}"
                member.pass_over(NodeState.FORKED, seconds=0, why=why)
        return [(member, head) for member, head in found if member.chain_id == expected]

    def _compare(self, found: list[tuple[_Member, int]]) -> None:
        """Passes over those of another chain, and of the rest those that are far behind the best."""
        for member, head in found:
            member.head = head
        middle = sorted(head for _, head in found)[(len(found) - 1) // 2]  # a fork far ahead must not decide alone
        height = max(middle - self._depth, 0)
        comparable = [member for member, head in found if head >= height]
        hashes = side_by_side([partial(each.hash_at, height) for each in comparable])
        shown = Counter(each for each in hashes if each is not None).most_common(1)
        most, votes = shown[0] if shown else ("", 0)
        forked = [each for each, hash_ in zip(comparable, hashes, strict=True) if hash_ not in (most, None)]
        if forked and 2 * votes <= len(comparable):
            _log.error(
                "nodes disagree about the chain", extra={"height": height, "nodes": [m.rpc.host for m in comparable]}
            )
            forked = []
        best = max(head for member, head in found if member not in forked)
        for member, head in found:
            if member in forked:
                member.pass_over(NodeState.FORKED, seconds=0, why=f"its block {height} is not that of the others")
            elif best - head > self._max_lag:
                member.pass_over(NodeState.LAGGING, seconds=0, why=f"{best - head} blocks behind")
            elif member.state is not NodeState.SILENT or member.again_at is None or member.again_at <= now():
                member.state, member.again_at = NodeState.USED, None


class _Steady(Rpc):
    """A chain by one of its nodes; what is sent goes to all."""

    def __init__(self, all_nodes: RpcNodes, member: _Member) -> None:
        self._all = all_nodes
        self._member = member

    def read(self, reader: Callable[[Any], T], method: str, *params: Any) -> T:
        """The one node's answer."""
        return self._all.ask(self._member, reader, method, *params)

    def send_raw(self, raw: str) -> str:
        """As to all nodes."""
        return self._all.send_raw(raw)

    def nodes(self) -> Sequence[Rpc]:
        """This one, then the others."""
        return [self._member.rpc, *(each for each in self._all.nodes() if each is not self._member.rpc)]

    def distrust(self, node: Rpc) -> None:
        """Passes it over from now on."""
        self._all.distrust(node)


def connect(chain: ChainSettings) -> Rpc:
    """The chain's node, or its nodes as one."""
    if len(chain.urls) == 1:
        return JsonRpc(chain.urls[0], timeout_seconds=chain.node_seconds)
    return RpcNodes(
        chain.urls,
        seconds=chain.node_seconds,
        max_lag=chain.max_lag_blocks,
        depth=chain.confirmations,
        chain_id=chain.chain_id,
    )


def standings_of(rpc: Rpc) -> list[NodeStanding]:
    """How a chain's nodes stand; a single one is asked now."""
    if isinstance(rpc, RpcNodes):
        return rpc.standings()
    if not isinstance(rpc, JsonRpc):
        return []
    try:
        return [NodeStanding(rpc.host, NodeState.USED, rpc.block_number())]
    except RpcError:
        return [NodeStanding(rpc.host, NodeState.SILENT, None)]


def _weight(error: RpcError) -> int:
    """Which of several refusals counts: that a node holds the transaction, that its nonce is used, any reason."""
    if isinstance(error, AlreadyKnown):
        return 0
    if isinstance(error, NonceTooLow):
        return 1
    return 3 if isinstance(error, NodeUnreachable) else 2
