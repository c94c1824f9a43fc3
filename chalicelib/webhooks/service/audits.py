"""What the audit log has of endpoints: each change of one, and what was sent again on demand."""

from typing import Any

from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service import sealed


def shown(row: EndpointRow) -> dict[str, Any]:
    """An endpoint as the audit log shows it: of the header's value only whether there is one."""
    fields = sealed.shown(row).model_dump(mode="json", exclude={"api_key_header", "state"})
    return {**fields, "has_api_key_header": sealed.api_key_header_of(row) is not None}


def audit_endpoint(
    transaction: Transaction, row: EndpointRow, action: str, *, before: Any = None, after: Any = None
) -> None:
    """Adds an entry about an endpoint, such as `endpoint.update`, to the transaction of the change."""
    partners.audit(transaction, row.origin, action=action, target=row.id, before=before, after=after)
