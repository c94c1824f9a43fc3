"""Rows of acts and links."""

from datetime import datetime

from chalicelib.activity.domain import Identity, IdentityKind
from chalicelib.activity.models import ActRow, LinkRow
from chalicelib.core.clock import epoch_micros
from chalicelib.core.tables import key
from chalicelib.core.transactions import Transaction


def add_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds an act; the same source at the same time is the same act."""
    pk, sk = _act_key(origin, identity, activity, at, source)
    transaction.put(ActRow(pk, sk, at_micros=epoch_micros(at), source=source))


def remove_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Removes an act; one that is not there is removed already."""
    transaction.delete(ActRow(*_act_key(origin, identity, activity, at, source)))


def add_link(transaction: Transaction, origin: str, first: Identity, second: Identity) -> None:
    """Adds a link, or writes it once more."""
    row = LinkRow(
        _link_pk(origin, first),
        key(second.kind, second.digest),
        first_kind=first.kind,
        first_value=first.value,
        second_kind=second.kind,
        second_value=second.value,
        reverse_pk=_link_pk(origin, second),
        reverse_sk=key(first.kind, first.digest),
    )
    transaction.put(row)


def linked(origin: str, identity: Identity, kind: IdentityKind) -> list[Identity]:
    """Identities of one kind that were linked with this one standing first; strongly consistent."""
    condition = LinkRow.sk.startswith(key(kind, ""))
    rows = LinkRow.query(_link_pk(origin, identity), condition, consistent_read=True)
    return [Identity(kind, row.second_value) for row in rows]


def _act_key(origin: str, identity: Identity, activity: str, at: datetime, source: str) -> tuple[str, str]:
    return key(origin, "ACT", identity.digest, activity), key(f"{epoch_micros(at):017d}", source)


def _link_pk(origin: str, identity: Identity) -> str:
    return key(origin, "LINK", identity.digest)
