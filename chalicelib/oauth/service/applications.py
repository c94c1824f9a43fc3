"""The operator registers, changes and removes OAuth applications."""

from chalicelib.core.errors import Conflict, NotFound, existing
from chalicelib.core.ids import random_token
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import EVERYTHING, new_secret, sha256
from chalicelib.oauth.models import ClientRow
from chalicelib.oauth.schemas import ClientCreate, ClientRead, ClientUpdate
from chalicelib.oauth.service.tokens import forget_revoked
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of

_AUDITED: Audited[ClientRow] = Audited("oauth_client", fields_of(ClientRead), target=lambda row: row.client_id)


class ApplicationUnknown(NotFound):
    """The partner has no such application."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"The partner has no OAuth application {client_id}.")


class ApplicationExists(Conflict):
    """The id is taken; only a local run gives ids itself."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"The OAuth application {client_id} exists already.")


def create_application(
    origin: str, body: ClientCreate, *, client_id: str | None = None, secret: str | None = None
) -> tuple[ClientRow, str | None]:
    """A new application and its secret, None for a public one; a local run gives both itself.

    Raises `PartnerUnknown`, `ApplicationExists`.
    """
    partners.get_partner(origin)
    secret = (secret or new_secret("cs")) if body.confidential else None
    row = repository.client_row(
        client_id or f"app_{random_token(20)}",
        origin=origin,
        secret_sha256=None if secret is None else sha256(secret),
        **body.model_dump(),
    )
    transaction = Transaction()
    transaction.create(row, otherwise=ApplicationExists(row.client_id))
    _AUDITED.add_creation(transaction, row)
    transaction.commit()
    return row, secret


def get_application(origin: str, client_id: str) -> ClientRow:
    """Raises `ApplicationUnknown`, also for another partner's."""
    return existing(_find(origin, client_id), otherwise=ApplicationUnknown(client_id))


def list_applications(origin: str, *, limit: int, after: str | None) -> Page[ClientRow]:
    """Newest first. Raises `PartnerUnknown`, `PositionUnknown`."""
    partners.get_partner(origin)
    return repository.list_clients(origin, limit=limit, after=partners.position_of(after, lambda id: _find(origin, id)))


@retried("the application")
def update_application(origin: str, client_id: str, body: ClientUpdate) -> ClientRow:
    """Changes the given fields; tokens that are out keep their scopes until they end. Raises `ApplicationUnknown`."""
    changes = body.model_dump(exclude_unset=True)
    row = get_application(origin, client_id)
    if changes:
        with _AUDITED.change(row) as transaction:
            repository.add_client_change(transaction, row, changes)
    return row


@retried("the application")
def delete_application(origin: str, client_id: str) -> ClientRow:
    """Ends an application, and within 60 s every token of it. Raises `ApplicationUnknown`."""
    row = get_application(origin, client_id)
    with _AUDITED.removal(row) as transaction:
        repository.add_client_removal(transaction, row)
        repository.add_revocation(transaction, client_id, EVERYTHING)
    forget_revoked(client_id)
    return row


def _find(origin: str, client_id: str) -> ClientRow | None:
    row = repository.find_client(client_id)
    return row if row is not None and row.origin == origin else None
