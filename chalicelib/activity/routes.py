"""`/admin/partners/{origin}/links`: links between identities of one person."""

from chalicelib.activity.models import SetLinkRow
from chalicelib.activity.schemas import LinkCreate, LinkRead
from chalicelib.activity.service import links as service
from chalicelib.core.pagination import Page
from chalicelib.partners.routes import BASE, AdminViews

LINKS = BASE + "/{origin}/links"

routes = AdminViews(__name__)


@routes.post(LINKS, LinkRead)
def create_link(origin: str, body: LinkCreate) -> SetLinkRow:
    """Creates a link between two identities of one person."""
    return service.create_link(origin, body)


@routes.get(LINKS, LinkRead)
def list_links(origin: str, limit: int, after: str | None) -> Page[SetLinkRow]:
    """Lists the links that were set up, newest first."""
    return service.list_links(origin, limit=limit, after=after)


@routes.get(LINKS + "/{id}", LinkRead)
def get_link(origin: str, id: str) -> SetLinkRow:
    """Shows a link."""
    return service.get_link(origin, id)


@routes.delete(LINKS + "/{id}", LinkRead)
def delete_link(origin: str, id: str) -> SetLinkRow:
    """Deletes a link."""
    return service.delete_link(origin, id)
