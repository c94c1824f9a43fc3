"""What the audit log has of endpoints: each change of one, and what was sent again on demand."""

from typing import Any

from chalicelib.partners.audits import Audited
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service import sealed


def shown(row: EndpointRow) -> dict[str, Any]:
    """An endpoint as the audit log shows it: of the header's value only whether there is one."""
    from chalicelib.webhooks.service import showing  # loads with the first change

    fields = showing.shown(row).model_dump(mode="json", exclude={"api_key_header", "state"})
    return {**fields, "has_api_key_header": sealed.api_key_header_of(row) is not None}


ENDPOINTS = Audited("endpoint", shown, target=lambda row: row.id)
