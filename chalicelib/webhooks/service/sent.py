"""What a delivery sends, as it is shown: the address and the headers, without secrets."""

from typing import Final, NamedTuple

from chalicelib.core.times import stored_time
from chalicelib.webhooks.domain import API_KEY_HEADER
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository.endpoints import find_endpoint
from chalicelib.webhooks.service import sealed
from chalicelib.webhooks.signing import request_headers

SIGNATURE_SHOWN: Final = "v1,… (made anew at each attempt)"
OWN_VALUE_SHOWN: Final = "… (the endpoint's setting)"


class SentRequest(NamedTuple):
    """The last attempt's request, or that of the one to come; `url` is None where nobody knows it any more."""

    url: str | None
    headers: dict[str, str]


def request_of(row: DeliveryRow) -> SentRequest:
    """A delivery's request, by its endpoint as it is now."""
    return sent_request(row, find_endpoint(row.origin, row.endpoint_id))


def sent_request(row: DeliveryRow, endpoint: EndpointRow | None) -> SentRequest:
    """As `request_of`, by an endpoint that was read already; None where it was deleted."""
    last = row.recent_attempts[-1]["at"] if row.recent_attempts else None
    headers = request_headers(
        row.event_id,
        timestamp="the attempt's time" if last is None else int(stored_time(last).timestamp()),
        signature=SIGNATURE_SHOWN,
        sequence=row.sequence,
    )
    if endpoint is None:
        return SentRequest(row.url, headers)
    own = [*sealed.headers_of(endpoint), *([API_KEY_HEADER] if endpoint.has_api_key_header else [])]
    return SentRequest(endpoint.url, {**headers, **{name.lower(): OWN_VALUE_SHOWN for name in own}})
