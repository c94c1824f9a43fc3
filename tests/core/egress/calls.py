"""Short forms for the egress tests: a client of a local run, and one call."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.connect import Trust
from chalicelib.core.egress.exchange import Exchange, OutboundRequest
from chalicelib.core.egress.policy import EgressPolicy
from tests.receivers import Behaviour, Receiver

LOCAL = EgressPolicy(local=True)
DEPLOYED = EgressPolicy()


@contextmanager
def local_client(trust: Trust | None = None) -> Iterator[EgressClient]:
    client = EgressClient(LOCAL, trust)
    try:
        yield client
    finally:
        client.close()


PATIENCE_SECONDS = 25.0  # the deadline of a call that ends by itself; a peer hangs for longer


def post(
    client: EgressClient, url: str, *, body: bytes = b"{}", deadline_seconds: float = PATIENCE_SECONDS
) -> Exchange:
    return client.send(OutboundRequest("POST", url, body=body), deadline_seconds=deadline_seconds)


def exchange_with(behaviour: Behaviour, *, deadline_seconds: float = PATIENCE_SECONDS) -> Exchange:
    """What one call to a receiver that behaves so becomes."""
    with Receiver(behaviour) as receiver, local_client() as client:
        return post(client, receiver.url, deadline_seconds=deadline_seconds)
