"""Each chain's node and signer, made once a process. Loaded by the worker and by rare routes alone."""

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from botocore.exceptions import ClientError

from chalicelib.chain.domain.pressing import Pace, pace_of
from chalicelib.chain.rpc import JsonRpc, Rpc
from chalicelib.chain.rpc_errors import NodeUnreachable
from chalicelib.chain.rpc_nodes import connect
from chalicelib.chain.signing import KeySigner, KmsSigner, Signer, create_kms_key
from chalicelib.core import aws
from chalicelib.core.settings import ChainSettings, settings

_OTHER_CHAIN = "the node is of the chain with the id {}, and not {}"


class ChainUnknown(Exception):
    """No chain of this name is configured, or its signer's key cannot be had; the message says which."""


@dataclass(frozen=True)
class Node:
    """A chain as the worker uses it."""

    name: str
    configuration: ChainSettings
    rpc: Rpc
    signer: Signer
    witnesses: tuple[Rpc, ...] = ()
    _contracts: set[str] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def chain_id(self) -> int:
        """What signatures are bound to, as the node tells it. Raises `NodeUnreachable` where it is of another chain."""
        found, expected = self.rpc.chain_id(), self.configuration.chain_id
        if expected not in (None, found):
            raise NodeUnreachable(_OTHER_CHAIN.format(found, expected))
        return found

    def require_chain(self, chain_id: int | None) -> None:
        """Raises `NodeUnreachable` where the node is of another chain than the one with this id, if that is known."""
        found = self.chain_id if chain_id is not None else None
        if found != chain_id:
            raise NodeUnreachable(_OTHER_CHAIN.format(found, chain_id))

    def has_contract(self, address: str, *, still: bool = False) -> bool:
        """Whether there is code at the address; asked until there is, and whether it is there `still`, each time."""
        if still:
            self._contracts.discard(address)
        if address not in self._contracts and self.rpc.code(address):
            self._contracts.add(address)
        return address in self._contracts

    def steady(self) -> "Node":
        """The chain as one of its nodes sees it, for reads that must agree."""
        one = self.rpc.steady()
        return self if one is self.rpc else replace(self, rpc=one)

    @property
    def others(self) -> tuple[Rpc, ...]:
        """The chain's nodes but for the first, one by one, and those that the settings name as witnesses."""
        return (*self.rpc.nodes()[1:], *self.witnesses)

    @property
    def pace(self) -> Pace:
        """When a transaction counts as stuck, and the chain as halted."""
        stuck = self.configuration.stuck_seconds
        return pace_of(blocks=self.configuration.stuck_blocks, stuck_seconds=stuck, scale=settings().seconds_scale)

    def final_block(self, head: int) -> int:
        """The newest block that counts as final, where `head` is the newest of all; -1 where none does yet."""
        if self.configuration.finalized_tag:
            block = self.rpc.block("finalized")
            return -1 if block is None else block.number
        return head - self.configuration.confirmations + 1

    def transaction_url(self, transaction_hash: str) -> str:
        """The explorer's page of a transaction."""
        return self.configuration.explorer_url.replace("{hash}", transaction_hash)


@lru_cache(maxsize=16)
def node_of(chain: str) -> Node:
    """The node of a configured chain. Raises `ChainUnknown`."""
    configuration = settings().chain_named(chain)
    if configuration is None:
        raise ChainUnknown(chain)
    witnesses = tuple(JsonRpc(url, timeout_seconds=configuration.node_seconds) for url in configuration.witness_urls)
    return Node(chain, configuration, connect(configuration), _signer(chain, configuration), witnesses)


def signer_alias(chain: str) -> str:
    """The KMS alias of the key that signs for a chain on this stage, where the settings name none."""
    return f"alias/{settings().prefix}signer-{chain}"


def _signer(chain: str, configuration: ChainSettings) -> Signer:
    if configuration.signer_secret_id:
        return KeySigner(_secret(configuration.signer_secret_id))
    kms, alias = aws.client("kms"), signer_alias(chain)
    # A deployed stage's keys are made with its other resources, by somebody who may.
    key_id = configuration.signer_key_id or (create_kms_key(kms, alias) if settings().is_local else alias)
    return KmsSigner(kms, key_id)


def _secret(secret_id: str) -> str:
    """The private key, held in memory and nowhere else."""
    try:
        answer = aws.client("secretsmanager").get_secret_value(SecretId=secret_id)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ChainUnknown(f"the signer's secret {secret_id} cannot be read: {code}") from error
    return str(answer["SecretString"]).strip()
