"""`/admin/partners/{origin}/oauth_clients` and `/admin/signing_keys`."""

from chalicelib.core.pagination import Page
from chalicelib.oauth.models import ClientRow
from chalicelib.oauth.schemas import ClientCreate, ClientCreated, ClientRead, ClientUpdate, SigningKeyRead
from chalicelib.oauth.service import applications as service
from chalicelib.oauth.service import keys, rotation
from chalicelib.partners.routes import BASE, AdminViews

CLIENTS = BASE + "/{origin}/oauth_clients"
SIGNING_KEYS = "/admin/signing_keys"

routes = AdminViews(__name__)


@routes.post(CLIENTS)
def create_client(origin: str, body: ClientCreate) -> ClientCreated:
    """Registers an OAuth application; this answer alone shows its secret."""
    row, secret = service.create_application(origin, body)
    return ClientCreated(**ClientRead.model_validate(row).model_dump(), client_secret=secret)


@routes.get(CLIENTS, ClientRead)
def list_clients(origin: str, limit: int, after: str | None) -> Page[ClientRow]:
    """Lists a partner's OAuth applications, newest first."""
    return service.list_applications(origin, limit=limit, after=after)


@routes.get(CLIENTS + "/{id}", ClientRead)
def get_client(origin: str, id: str) -> ClientRow:
    """Shows an OAuth application without its secret."""
    return service.get_application(origin, id)


@routes.patch(CLIENTS + "/{id}", ClientRead)
def update_client(origin: str, id: str, body: ClientUpdate) -> ClientRow:
    """Changes an OAuth application's name, redirect addresses or scopes."""
    return service.update_application(origin, id, body)


@routes.delete(CLIENTS + "/{id}", ClientRead)
def delete_client(origin: str, id: str) -> ClientRow:
    """Ends an OAuth application and, soon after, its tokens."""
    return service.delete_application(origin, id)


@routes.get(SIGNING_KEYS)
def list_signing_keys() -> Page[SigningKeyRead]:
    """Lists the two keys whose access tokens count, newest first."""
    return _shown(keys.live_keys_now())


@routes.post(SIGNING_KEYS)
def rotate_signing_keys() -> Page[SigningKeyRead]:
    """Asks for the older signing key to be replaced, and lists the keys as they still are.

    Some seconds later the new key is in the list; it signs once everybody has had the time to fetch it.
    """
    rotation.ask()
    return _shown(keys.live_keys())


def _shown(live: tuple[keys.LiveKey, ...]) -> Page[SigningKeyRead]:
    signing = keys.signing()
    shown = [SigningKeyRead(kid=key.kid, created_at=key.created_at, signs=key == signing) for key in live]
    return Page(shown, has_more=False)
