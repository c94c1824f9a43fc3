"""Links between a person's identities."""

from chalicelib.activity.models import SetLinkRow
from chalicelib.activity.repository import links as repository
from chalicelib.activity.schemas import LinkCreate, LinkRead
from chalicelib.activity.service import rewards
from chalicelib.core.errors import existing
from chalicelib.core.pagination import Page
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of

_AUDITED: Audited[SetLinkRow] = Audited("link", fields_of(LinkRead), target=lambda row: row.id)


def create_link(origin: str, body: LinkCreate) -> SetLinkRow:
    """Sets up a link. Raises `PartnerUnknown` or `LinkExists`."""
    partners.get_partner(origin)
    a, b = body.a.identity, body.b.identity
    transaction = Transaction()
    row = repository.add_set_up(transaction, origin, a, b)
    _AUDITED.add_creation(transaction, row)
    rewards.wake_identities(transaction, origin, [a, b])
    transaction.commit()
    return row


def get_link(origin: str, link_id: str) -> SetLinkRow:
    """Raises `LinkUnknown`."""
    return existing(repository.find_set_up(origin, link_id), otherwise=repository.LinkUnknown())


def list_links(origin: str, *, limit: int, after: str | None) -> Page[SetLinkRow]:
    """Newest first. Raises `PartnerUnknown`, `PositionUnknown`."""
    partners.get_partner(origin)
    partners.position_of(after, lambda link_id: repository.find_set_up(origin, link_id))
    return repository.list_set_up(origin, limit=limit, after=after)


def delete_link(origin: str, link_id: str) -> SetLinkRow:
    """Deletes a link; earlier answers do not change. Raises `LinkUnknown`."""
    row = get_link(origin, link_id)
    with _AUDITED.removal(row) as transaction:
        repository.remove_set_up(transaction, row)
    return row
