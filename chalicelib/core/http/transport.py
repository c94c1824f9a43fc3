"""The rule that credentials travel encrypted, checked before they are looked at."""

from ipaddress import ip_address

from chalice.app import Request

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.request import source_ip
from chalicelib.core.settings import settings

_PROTOCOL_HEADERS = ("x-forwarded-proto", "cloudfront-forwarded-proto")


def require_https(request: Request) -> None:
    """Raises `BadRequest` for a request that reached us over plain HTTP.

    The proxies before us name the protocol in a header, the client's own first. A request without such a header passes
    only in a local run, and only from loopback.
    """
    told = [request.headers[name] for name in _PROTOCOL_HEADERS if name in request.headers]
    if any(value.split(",")[0].strip().lower() != "https" for value in told):
        raise BadRequest("Requests must be made over HTTPS.", code="https_required")
    if not told and not (settings().is_local and _is_loopback(request)):
        raise BadRequest("Requests must be made over HTTPS.", code="https_required")


def _is_loopback(request: Request) -> bool:
    try:
        return ip_address(source_ip(request)).is_loopback
    except ValueError:
        return False
