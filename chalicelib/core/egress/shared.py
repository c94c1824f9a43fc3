"""The process's one door to partners' URLs, under the operator's settings."""

from functools import lru_cache
from typing import TYPE_CHECKING

from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from chalicelib.core.egress.client import EgressClient


def egress_policy() -> EgressPolicy:
    """What the operator allows of partners' URLs."""
    return EgressPolicy(local=settings().is_local, extra_ports=settings().egress_ports)


@lru_cache(maxsize=1)
def egress() -> "EgressClient":
    """The client that everything here shares, so that connections are kept whoever calls."""
    from chalicelib.core.egress.client import EgressClient  # loads with the first call of a partner's address

    return EgressClient(egress_policy())
