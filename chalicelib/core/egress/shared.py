"""The process's one egress client, under the operator's settings."""

import os
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalicelib.core.egress.policy import ANSWERING, EgressPolicy
from chalicelib.core.settings import settings

if TYPE_CHECKING:
    from chalicelib.core.egress.client import EgressClient


# The API's host names at API Gateway, learned from requests: CloudFormation cannot give them to the API's own function.
_gateways: set[str] = set()
_making = Lock()


def note_gateway(api_id: str) -> None:
    """Remembers the API that handed over a request: its address is one of our own beside the public one."""
    region = os.environ.get("AWS_REGION", "")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    _gateways.add(f"{api_id}.execute-api.{region}.{suffix}".lower())


def egress_policy(*, verifying: bool = False) -> EgressPolicy:
    """What the operator allows of partners' URLs.

    `verifying` allows the one path where this service itself answers for partners.
    """
    own = urlsplit(settings().public_url)
    host, is_here = (own.hostname or "").lower(), own.hostname in ("127.0.0.1", "::1", "localhost")
    return EgressPolicy(
        local=settings().is_local,
        extra_ports=settings().egress_ports,
        extra_denied=settings().egress_denied,
        own_hosts=frozenset(_gateways if is_here else {host, *_gateways}),
        own_port=(own.port or 80) if is_here else None,
        own_path=f"{own.path.rstrip('/')}{ANSWERING}/" if verifying else None,
    )


def egress() -> "EgressClient":
    """The client that all callers share, so that kept connections serve them all."""
    with _making:
        return shared_client()


@lru_cache(maxsize=1)
def shared_client() -> "EgressClient":
    """For `egress` alone, which holds a lock: of two clients made at once, one would leave its connections open."""
    from chalicelib.core.egress.client import EgressClient  # loads with the first call of a partner's address

    return EgressClient(egress_policy(verifying=True))
