"""Rows of automatic links and of links that the operator sets up."""

from typing import cast

from chalicelib.activity.domain import MAX_IDENTITIES, Identity, IdentityKind, Link
from chalicelib.activity.models import LinkRow, SetLinkRow
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.tables import find, key, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window

_SET_UP = "SET"


class LinkExists(Conflict):
    """The two identities are linked already."""

    def __init__(self) -> None:
        super().__init__("These identities are linked already.")


class LinkUnknown(NotFound):
    """There is no such link."""

    def __init__(self) -> None:
        super().__init__("The partner has no such link.")


def link(transaction: Transaction, origin: str, first: Identity, second: Identity) -> None:
    """Adds a link between an e-mail and another identity of the same person to a transaction, or overwrites it."""
    transaction.put(_row(origin, first, second, automatic=True))


def add_set_up(transaction: Transaction, origin: str, a: Identity, b: Identity) -> SetLinkRow:
    """Adds a link that the operator sets up; the commit may raise `LinkExists`."""
    row = SetLinkRow(_listed_key(origin), sortable_id("lnk_"), origin=origin, created_at=now())
    row.id, row.a, row.b = row.sk, a._asdict(), b._asdict()
    for first, second in _directions(a, b):
        transaction.create(_row(origin, first, second, automatic=False), otherwise=LinkExists())
    transaction.put(row)
    return row


def remove_set_up(transaction: Transaction, row: SetLinkRow) -> None:
    """Removes a link of the operator; an automatic one of the same identities stays. May raise `LinkUnknown`."""
    for first, second in _directions(Identity(**row.a), Identity(**row.b)):
        transaction.delete(_row(row.origin, first, second, automatic=False))
    transaction.delete(SetLinkRow(row.pk, row.sk), condition=SetLinkRow.pk.exists(), otherwise=LinkUnknown())


def find_set_up(origin: str, link_id: str) -> SetLinkRow | None:
    """One link that was set up."""
    return find(SetLinkRow, _listed_key(origin), link_id)


def list_set_up(origin: str, *, limit: int, after: str | None) -> Page[SetLinkRow]:
    """A page of links that were set up, newest first."""
    return read_page(SetLinkRow, _listed_key(origin), Window(limit, after=after), sort=SetLinkRow.sk)


def linked(origin: str, identity: Identity, kind: IdentityKind) -> list[Identity]:
    """Identities of one kind in links whose first identity is this one; strongly consistent."""
    condition = LinkRow.sk.startswith(key(kind, ""))
    rows = LinkRow.query(_links_key(origin, identity), condition, consistent_read=True)
    return list(dict.fromkeys(Identity(kind, row.second_value) for row in rows))


def links_of(origin: str, identity: Identity) -> list[Link]:
    """At most 32 links of an identity, in one request; strongly consistent for an e-mail."""
    pk = _links_key(origin, identity)
    if identity.kind == "email":
        rows = list(LinkRow.query(pk, consistent_read=True, limit=MAX_IDENTITIES))
    else:
        rows = list(cast("list[LinkRow]", LinkRow.reverse.query(pk, limit=MAX_IDENTITIES)))
    return [
        Link(
            Identity(cast(IdentityKind, row.first_kind), row.first_value),
            Identity(cast(IdentityKind, row.second_kind), row.second_value),
            automatic=row.automatic,
        )
        for row in rows
    ]


def _directions(a: Identity, b: Identity) -> list[tuple[Identity, Identity]]:
    """The rows of a link, so that one query finds it from each end: an e-mail by key, others by index."""
    if a.kind == "email" and b.kind != "email":
        return [(a, b)]
    if b.kind == "email" and a.kind != "email":
        return [(b, a)]
    return [(a, b), (b, a)]


def _row(origin: str, first: Identity, second: Identity, *, automatic: bool) -> LinkRow:
    suffix = () if automatic else (_SET_UP,)
    return LinkRow(
        _links_key(origin, first),
        key(second.kind, second.digest, *suffix),
        first_kind=first.kind,
        first_value=first.value,
        second_kind=second.kind,
        second_value=second.value,
        automatic=automatic,
        reverse_pk=_links_key(origin, second),
        reverse_sk=key(first.kind, first.digest, *suffix),
    )


def _links_key(origin: str, identity: Identity) -> str:
    return key(origin, "LINK", identity.digest)


def _listed_key(origin: str) -> str:
    return key(origin, "LINKS")
