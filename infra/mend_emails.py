"""Rewrites what was stored under the older form of an e-mail, which folded more letters than ASCII's.

    python -m infra.mend_emails EXPORT… [--write]

EXPORT are the data files of exports of the tables `gardenlab` and `activity` (DynamoDB's JSON, gzipped or not), so that
finding the rows reads no table. Without `--write` they are listed and left alone. Each NFT is mended in one transaction
on condition that it still has the older form, and each entry of the ledger is moved in one; so a run may be repeated.
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from chalicelib.activity.domain import Identity
from chalicelib.activity.models import LinkRow
from chalicelib.activity.repository import acts, links
from chalicelib.core.clock import from_epoch_micros
from chalicelib.core.emails import canonical_email
from chalicelib.core.tables import key
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import GuestRow, TokenRow
from chalicelib.gardenlab.repository import tokens
from infra.reader import ended_with_reader

_WRITE = "--write"


class Moved(Exception):
    """The row is not as it was exported: it was mended before, or has changed."""


class Nft(NamedTuple):
    """An NFT of an export. `older` is the form of its e-mail that is stored, `mailbox` the present form."""

    origin: str
    contract_id: str
    token_id: str
    uid: str
    wallet: str | None
    older: str
    mailbox: str


class Act(NamedTuple):
    """An entry of the ledger, with the NFT that it was done with."""

    nft: Nft
    activity: str
    at: datetime
    source: str


def exported(files: Iterable[Path]) -> Iterator[dict[str, str]]:
    """The rows of export files: their attributes of text and numbers, as text."""
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for line in lines:
                item: Mapping[str, Mapping[str, str]] = json.loads(line)["Item"]
                yield {name: text for name, value in item.items() for kind, text in value.items() if kind in "SN"}


def affected(rows: Sequence[Mapping[str, str]]) -> tuple[list[Nft], list[Act], set[tuple[str, str, str]]]:
    """NFTs under the older form, the ledger's entries of them, and (origin, uid, mailbox) of all other NFTs."""
    nfts = [_nft(row) for row in rows if row["sk"] == "NFT"]
    places = {(each.origin, each.contract_id, each.token_id): each for each in nfts if each.older != each.mailbox}
    right = {(each.origin, each.uid, each.mailbox) for each in nfts if each.older == each.mailbox}
    found: list[Act] = []
    for row in rows:
        origin, _, rest = row["pk"].partition("#ACT#")
        contract_id, *token = row.get("source", "").split("/")
        nft = places.get((origin, contract_id, token[0])) if rest and token else None
        identity, _, activity = rest.partition("#")
        if nft is not None and identity == Identity("email", nft.older).digest:
            found.append(Act(nft, activity, from_epoch_micros(int(row["at_micros"])), row["source"]))
    return list(places.values()), found, right


def mend(nft: Nft, *, is_others: bool) -> None:
    """Puts an NFT, its guest and its links under the mailbox that it is reserved to. Raises `Moved`.

    The links of the older form are deleted, unless `is_others`: another NFT of the uid is rightly under that form.
    """
    transaction = Transaction()
    token = TokenRow(tokens.token_key(nft.origin, nft.contract_id, nft.token_id), "NFT")
    changes = [
        TokenRow.email_canonical.set(nft.mailbox),
        TokenRow.email_key.set(tokens.email_key(nft.origin, nft.contract_id, nft.mailbox)),
        TokenRow.holder_key.set(tokens.holder_key(nft.mailbox)),
        TokenRow.version.add(1),
    ]
    transaction.update(token, changes, condition=TokenRow.email_canonical == nft.older, otherwise=Moved(nft.token_id))
    guest = GuestRow(tokens.uid_key(nft.origin, nft.contract_id, nft.uid), "GUEST")
    transaction.update(guest, [GuestRow.email.set(nft.mailbox)], condition=GuestRow.pk.exists())
    others = [Identity("uid", nft.uid), *([Identity("wallet", nft.wallet.lower())] if nft.wallet else [])]
    older, mailbox = Identity("email", nft.older), Identity("email", nft.mailbox)
    for other in others:
        links.link(transaction, nft.origin, mailbox, other)
    if not is_others:
        for other in others:
            transaction.delete(LinkRow(key(nft.origin, "LINK", older.digest), key(other.kind, other.digest)))
    transaction.commit()


def move(act: Act) -> None:
    """Puts an entry of the ledger under the mailbox. Raises `ActUnknown` where it was moved before."""
    transaction, origin = Transaction(), act.nft.origin
    older, mailbox = Identity("email", act.nft.older), Identity("email", act.nft.mailbox)
    acts.remove_act(transaction, origin, identity=older, activity=act.activity, at=act.at, source=act.source)
    acts.record_act(
        transaction, origin, identity=mailbox, activity=act.activity, at=act.at, source=act.source, apart=True
    )
    transaction.commit()


def _nft(row: Mapping[str, str]) -> Nft:
    return Nft(
        row["origin"],
        row["contract_id"],
        row["token_id"],
        row["uid"],
        row.get("owner"),
        row["email_canonical"],
        canonical_email(row["email"]),
    )


def _once(change: Callable[[], None]) -> None:
    with suppress(Moved, acts.ActUnknown):
        change()


def main(arguments: Sequence[str]) -> int:
    """Lists what is under the older form, and mends it if asked to; gives the exit status."""
    files = [Path(each) for each in arguments if each != _WRITE]
    if not files:
        print(__doc__)
        return 2
    nfts, entries, right = affected(list(exported(files)))
    for nft in nfts:
        print(f"{nft.origin}/{nft.contract_id}/{nft.token_id}: {nft.older} is {nft.mailbox}")
    print(f"{len(nfts)} NFTs and {len(entries)} entries of the ledger are under the older form.")
    if _WRITE not in arguments:
        return 0
    for nft in nfts:
        _once(partial(mend, nft, is_others=(nft.origin, nft.uid, nft.older) in right))
    for entry in entries:
        _once(partial(move, entry))
    print("Done.")
    return 0


if __name__ == "__main__":
    with ended_with_reader():
        sys.exit(main(sys.argv[1:]))
