"""Each chain's node and signer, made once a process. Loaded by the worker and by deployments alone."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.signing import KmsSigner, Signer, create_kms_key
from chalicelib.core import aws
from chalicelib.core.settings import ChainSettings, settings


class ChainUnknown(Exception):
    """No chain of this name is configured."""


@dataclass(frozen=True)
class Node:
    """A chain as the worker uses it."""

    name: str
    configuration: ChainSettings
    rpc: JsonRpc
    signer: Signer
    _contracts: set[str] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def chain_id(self) -> int:
        """Asked of the node where the settings leave it open."""
        return self.configuration.chain_id or self.rpc.chain_id()

    def has_contract(self, address: str) -> bool:
        """Whether there is code at the address; asked until there is."""
        if address not in self._contracts and self.rpc.code(address):
            self._contracts.add(address)
        return address in self._contracts

    def transaction_url(self, transaction_hash: str) -> str:
        """The explorer's page of a transaction."""
        return self.configuration.explorer_url.replace("{hash}", transaction_hash)


@lru_cache(maxsize=16)
def node_of(chain: str) -> Node:
    """The node of a configured chain. Raises `ChainUnknown`."""
    configuration = settings().chain_named(chain)
    if configuration is None:
        raise ChainUnknown(chain)
    kms, alias = aws.client("kms"), signer_alias(chain)
    # A deployed stage's keys are made with its other resources, by somebody who may.
    key_id = create_kms_key(kms, alias) if settings().is_local else alias
    return Node(chain, configuration, JsonRpc(configuration.rpc_url), KmsSigner(kms, key_id))


def signer_alias(chain: str) -> str:
    """The KMS alias of the key that signs for a chain on this stage."""
    return f"alias/{settings().prefix}signer-{chain}"
