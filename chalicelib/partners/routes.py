"""`/admin/partners` and what lies below a partner: keys and the audit log."""

from collections.abc import Mapping
from urllib.parse import quote

from chalice.app import Request

from chalicelib.core.credentials import Accepted, CredentialRefused, presented
from chalicelib.core.http.credentials import unauthorized
from chalicelib.core.http.parse import validated
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.views import Views
from chalicelib.core.pagination import Page
from chalicelib.partners import service
from chalicelib.partners.models import KeyRow, PartnerRow
from chalicelib.partners.schemas import (
    AuditPage,
    AuditQuery,
    AuditRead,
    KeyCreate,
    KeyCreated,
    KeyRead,
    PartnerCreate,
    PartnerRead,
    PartnerUpdate,
)

BASE = "/admin/partners"

_ACCEPTED = Accepted("admin key")


class AdminViews(Views):
    """Routes of the operator, who presents the admin key; of any feature."""

    def authenticate(self, request: Request) -> tuple[()]:
        """Raises `Unauthorized` unless the request carries the admin key as a Bearer credential."""
        try:
            service.require_admin(presented(request.headers, _ACCEPTED))
        except CredentialRefused as error:
            raise unauthorized(error, realm="Spacegarden admin") from error
        return ()


routes = AdminViews(__name__)
surface = Surface(name="admin", render_error=render_coded)


@routes.post(BASE, PartnerRead)
def create_partner(body: PartnerCreate) -> PartnerRow:
    """Creates a partner."""
    return service.create_partner(body)


@routes.get(BASE, PartnerRead)
def list_partners(limit: int, after: str | None) -> Page[PartnerRow]:
    """Lists partners, newest first."""
    return service.list_partners(limit=limit, after=after)


@routes.get(BASE + "/{origin}", PartnerRead)
def get_partner(origin: str) -> PartnerRow:
    """Shows a partner."""
    return service.get_partner(origin)


@routes.patch(BASE + "/{origin}", PartnerRead)
def update_partner(origin: str, body: PartnerUpdate) -> PartnerRow:
    """Changes a partner's name, contact, budget of collections, or how long its rows are kept."""
    return service.update_partner(origin, body)


@routes.post(BASE + "/{origin}/keys")
def create_key(origin: str, body: KeyCreate) -> KeyCreated:
    """Creates an API key; this answer alone shows it whole."""
    row, text = service.create_key(origin, body)
    return KeyCreated(**KeyRead.model_validate(row).model_dump(), key=text)


@routes.get(BASE + "/{origin}/keys", KeyRead)
def list_keys(origin: str, limit: int, after: str | None) -> Page[KeyRow]:
    """Lists a partner's keys, newest first, without their secrets."""
    return service.list_keys(origin, limit=limit, after=after)


@routes.get(BASE + "/{origin}/keys/{id}", KeyRead)
def get_key(origin: str, id: str) -> KeyRow:
    """Shows a key without its secret."""
    return service.get_key(origin, id)


@routes.delete(BASE + "/{origin}/keys/{id}", KeyRead)
def revoke_key(origin: str, id: str) -> KeyRow:
    """Revokes a key for good."""
    return service.revoke_key(origin, id)


@routes.get(BASE + "/{origin}/audit")
def list_audit(origin: str, query: Mapping[str, str], limit: int, after: str | None) -> AuditPage:
    """Lists the changes made to a partner and all that is its, newest first, or those that meet filters."""
    filters = validated(AuditQuery, {name: query[name] for name in AuditQuery.model_fields if name in query})
    rows, next_after = service.search_audit(origin, filters, limit=limit, after=after)
    entries = [AuditRead.model_validate(row) for row in rows]
    return AuditPage(
        count=len(entries),
        has_more=next_after is not None,
        url=f"{BASE}/{quote(origin, safe='')}/audit",
        data=entries,
        next_after=next_after,
    )
