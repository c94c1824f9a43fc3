"""The process's one door to partners' URLs, under the operator's settings."""

from functools import lru_cache

from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.settings import settings


def egress_policy() -> EgressPolicy:
    """What the operator allows of partners' URLs."""
    return EgressPolicy(local=settings().is_local, extra_ports=settings().egress_ports)


@lru_cache(maxsize=1)
def egress() -> EgressClient:
    """The client that everything here shares, so that connections are kept whoever calls."""
    return EgressClient(egress_policy())
