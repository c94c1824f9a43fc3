"""Rows as they were stored before secrets were sealed."""

from typing import Any

from chalicelib.webhooks.models.endpoints import EndpointRow, endpoints_pk
from chalicelib.webhooks.service.endpoints import forget_endpoints
from chalicelib.webhooks.signing import first_secret, new_secret


def unsealed(origin: str, endpoint_id: str) -> str:
    """Makes an endpoint's row one of before; gives its secret."""
    old = new_secret()
    actions: list[Any] = [
        EndpointRow.sealed_secrets.remove(),
        EndpointRow.secrets.set(first_secret(old)),
        EndpointRow.api_key_header.set("old-sesame"),
    ]
    EndpointRow(endpoints_pk(origin), endpoint_id).update(actions=actions)
    forget_endpoints(origin)
    return old
