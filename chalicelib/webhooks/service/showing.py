"""An endpoint as its partner sees it; whoever only sends to one loads none of this."""

from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.schemas import EndpointRead
from chalicelib.webhooks.service.sealed import api_key_header_of, headers_of


def shown(row: EndpointRow) -> EndpointRead:
    """The endpoint as its partner sees it."""
    made = {"api_key_header": api_key_header_of(row), "headers": list(headers_of(row)), "filter": row.filter or []}
    values = {name: getattr(row, name) for name in EndpointRead.model_fields if name not in made}
    return EndpointRead.model_validate({**values, **made})
