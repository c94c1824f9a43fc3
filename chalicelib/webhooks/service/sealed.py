"""What of an endpoint lies sealed in the table: its secrets, and the headers that a partner wants with each delivery.

Rows of an earlier version hold them unsealed; a call of the API that reads or changes such a row seals them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.cache import TtlCache
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.signing import StoredSecret

OPEN_SECONDS = 300.0

# By the sealed bytes, which differ after every change; a delivery opens nothing that was opened for the last one.
_opened: TtlCache[bytes, Any] = TtlCache(seconds=OPEN_SECONDS)


def secrets_of(row: EndpointRow) -> Sequence[StoredSecret]:
    """The endpoint's secrets, newest first."""
    if row.sealed_secrets is None:
        return row.secrets or []
    secrets: Sequence[StoredSecret] = _open(row, row.sealed_secrets, "secrets")
    return secrets


def api_key_header_of(row: EndpointRow) -> str | None:
    """The value of the header `X-API-key`, None where the partner wants none."""
    return row.api_key_header if row.sealed_header is None else str(_open(row, row.sealed_header, "header"))


def headers_of(row: EndpointRow) -> Mapping[str, str]:
    """Other headers that the partner wants with each delivery."""
    return {} if row.sealed_headers is None else dict(_open(row, row.sealed_headers, "headers"))


def sealed_secrets(row: EndpointRow, secrets: Sequence[StoredSecret]) -> bytes:
    """The secrets as that endpoint's row holds them."""
    return _sealed(row, secrets, "secrets")


def sealed_changes(row: EndpointRow, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of an endpoint as its row holds them: headers sealed, where they change."""
    stored = dict(changes)
    if "api_key_header" in stored:
        value, stored["api_key_header"] = stored["api_key_header"], None
        stored["sealed_header"] = None if value is None else _sealed(row, value, "header")
    if "headers" in stored:
        headers = stored.pop("headers")
        stored["sealed_headers"] = _sealed(row, headers, "headers") if headers else None
    return stored


def changes_of_old(row: EndpointRow) -> dict[str, Any]:
    """The changes that seal a row of an earlier version; empty where nothing is left to seal."""
    changes: dict[str, Any] = {}
    if row.sealed_secrets is None:
        changes |= {"secrets": None, "sealed_secrets": sealed_secrets(row, secrets_of(row))}
    if row.api_key_header is not None:
        changes |= sealed_changes(row, {"api_key_header": row.api_key_header})
    return changes


def _sealed(row: EndpointRow, value: Any, part: str) -> bytes:
    from chalicelib.core import envelopes  # loads with the first endpoint that is made, shown or called

    return envelopes.seal(value, context=_context(row, part))


def _open(row: EndpointRow, sealed: bytes, part: str) -> Any:
    def unseal() -> Any:
        from chalicelib.core import envelopes

        return envelopes.unseal(sealed, context=_context(row, part))

    return _opened.get(sealed, unseal)


def _context(row: EndpointRow, part: str) -> dict[str, str]:
    return {"origin": row.origin, "endpoint": row.id, "part": part}
