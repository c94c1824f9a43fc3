"""`spacegarden users`: a partner's users and their NFTs, with the partner's own key."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from cli import output
from cli.moments import iso_of_seconds
from cli.parameters import JsonObject, Name
from cli.session import REFUSED, PartnerGroup, Session, options

_API = ("api", "v1")
_SCAN_COLUMNS = ("at", "interactionName", "xpBefore", "xpAfter", "lvlAfter")
_TRANSACTION_COLUMNS = ("txHash", "interactionName", "transactionUrl")
_NFT_TIMES = ("createdAt", "mintedAt", "burnedAt")
_BATCH = 50


class _Row(NamedTuple):
    """A user of a CSV file."""

    line: int
    email: str
    uid: str
    category: str


@click.group(cls=PartnerGroup)
def users() -> None:
    """Announce a partner's users, apply interactions, and mint their NFTs."""


_in_collection = options(
    click.argument("origin", type=Name()), click.argument("contract_id", metavar="COLLECTION", type=Name())
)


@users.command()
@_in_collection
@click.argument("category", type=Name())
@click.option("--email", required=True, help="The user's e-mail address.")
@click.option("--uid", required=True, help="The user's id with the partner.")
@click.option("--name", help="The NFT's name.  [the category's]")
@click.option("--image", help="The address of the NFT's picture.  [the category's]")
@click.option("--attributes", type=JsonObject(), help="Attributes over the category's, as a JSON object.")
@click.pass_obj
def add(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    category: str,
    email: str,
    uid: str,
    name: str | None,
    image: str | None,
    attributes: dict[str, Any] | None,
) -> None:
    """Announce a user: an NFT of the category is reserved."""
    info = {"name": name, "imgUrl": image, "attributes": attributes}
    body = _announcement(origin, contract_id, category, email=email, uid=uid)
    if any(value is not None for value in info.values()):
        body["nft_info"] = {field: value for field, value in info.items() if value is not None}
    announced = session.api.call_as_partner("POST", *_API, "newUserForPartner", body=body)
    summary = f"Announced {uid}; the NFT {announced['tokenId']} is reserved."
    session.show(announced, summary=summary)


@users.command("import")
@_in_collection
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--category", help="For rows without a user_category_id.")
@click.pass_context
def import_file(ctx: click.Context, /, *, origin: str, contract_id: str, file: Path, category: str | None) -> None:
    """Announce the users of a CSV file with the columns email and uid.

    A column user_category_id names the category of a row. The same file may be imported again: who was announced stays
    as they are. Rows that are refused are told with their line, and the command then ends with 1.
    """
    session = ctx.ensure_object(Session)
    rows = list(_rows(file, category))
    refused: list[dict[str, Any]] = []
    with output.progress(len(rows), "Announcing") as bar:
        for batch in _batches(rows):
            body = [_announcement(origin, contract_id, row.category, email=row.email, uid=row.uid) for row in batch]
            answers = session.api.call_as_partner("POST", *_API, "newUserForPartner", body=body)
            refused += [
                {"line": row.line, "uid": row.uid, "message": answer["error"]["message"]}
                for row, answer in zip(batch, answers, strict=True)
                if "error" in answer
            ]
            bar.update(len(batch))
    announced = len(rows) - len(refused)
    if session.as_json:
        session.show({"announced": announced, "refused": refused})
    else:
        output.say(f"Announced {announced} of {len(rows)} users.")
        if refused:
            session.show_list({"data": refused, "has_more": False}, columns=("line", "uid", "message"))
    if refused:
        ctx.exit(REFUSED)


@users.command()
@_in_collection
@click.argument("action_id", metavar="ACTION", type=Name())
@click.option("--email", help="The user's e-mail address.")
@click.option("--uid", help="The user's id with the partner.")
@click.option("--xp", type=float, help="XP for this time, where the interaction allows it.")
@click.option("--dry-run", is_flag=True, help="Tell what it would do, and do nothing.")
@click.pass_obj
def act(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    action_id: str,
    email: str | None,
    uid: str | None,
    xp: float | None,
    dry_run: bool,
) -> None:
    """Apply an interaction to a user's NFT; the user is named by --uid, --email or both."""
    guest = {name: value for name, value in {"email": email, "uid": uid}.items() if value is not None}
    if not guest:
        raise click.UsageError("Who? Give --uid or --email.")
    body: dict[str, Any] = {"origin": origin, "contract_id": contract_id, "action_id": action_id, "guest": guest}
    if xp is not None:
        body["xpIncrement"] = xp
    query = {"dry_run": "true"} if dry_run else None
    answer = session.api.call_as_partner("POST", *_API, "newActionForUser", body=body, query=query)
    summary = f"{action_id} would do this." if dry_run else f"Applied {action_id}."
    session.show(answer, summary=summary)


@users.command()
@_in_collection
@click.argument("wallet", type=Name())
@click.option("--email", required=True, help="The user's e-mail address.")
@click.option("--uid", required=True, help="The user's id with the partner.")
@click.pass_obj
def mint(session: Session, /, *, origin: str, contract_id: str, wallet: str, email: str, uid: str) -> None:
    """Mint a user's NFT to a wallet; a webhook tells when it is done."""
    body = {"origin": origin, "contract_id": contract_id, "email": email, "uid": uid, "user_addr": wallet}
    answer = session.api.call_as_partner("POST", *_API, "mintTokenForUser", body=body)
    session.show(answer, summary=f"The NFT {answer['tokenId']} is being minted.")


@users.command()
@_in_collection
@click.argument("token_id", metavar="TOKEN", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, token_id: str) -> None:
    """Show a user's NFT by its number."""
    query = {"origin": origin, "contract_id": contract_id, "tokenId": token_id}
    found = session.api.call_as_partner("GET", *_API, "getNftByTokenId", query=query)
    times = {name: iso_of_seconds(found[name]["_seconds"]) for name in _NFT_TIMES if found.get(name)}
    session.show(found, readable=times)


@users.command()
@_in_collection
@click.argument("token_id", metavar="TOKEN", type=Name())
@click.pass_obj
def scans(session: Session, /, *, origin: str, contract_id: str, token_id: str) -> None:
    """List what was applied to an NFT, oldest first."""
    _show_history(session, "getAllInteractionScansForToken", origin, contract_id, token_id, columns=_SCAN_COLUMNS)


@users.command()
@_in_collection
@click.argument("token_id", metavar="TOKEN", type=Name())
@click.pass_obj
def transactions(session: Session, /, *, origin: str, contract_id: str, token_id: str) -> None:
    """List an NFT's transactions on the chain, oldest first."""
    _show_history(session, "getBlockchainTxForToken", origin, contract_id, token_id, columns=_TRANSACTION_COLUMNS)


def _show_history(
    session: Session, route: str, origin: str, contract_id: str, token_id: str, *, columns: Sequence[str]
) -> None:
    query = {"origin": origin, "contract_id": contract_id, "tokenId": token_id}
    rows = session.api.call_as_partner("GET", *_API, route, query=query)
    answer = {"object": "list", "data": rows, "has_more": False, "count": len(rows)}
    session.show_list(answer, columns=columns, readable=lambda row: {"at": iso_of_seconds(row["at"]["_seconds"])})


def _announcement(origin: str, contract_id: str, category: str, *, email: str, uid: str) -> dict[str, Any]:
    where = {"origin": origin, "contract_id": contract_id, "user_category_id": category}
    return {**where, "email": email, "uid": uid}


def _rows(file: Path, category: str | None) -> Iterator[_Row]:
    """The users of a CSV file. Raises `UsageError` for what is no such file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.DictReader(text)
            missing = {"email", "uid"} - set(reader.fieldnames or ())
            if missing:
                raise click.UsageError(f"{file} has no column {' and no column '.join(sorted(missing))}.")
            for row in reader:
                chosen = row.get("user_category_id") or category
                if not chosen:
                    line = f"Line {reader.line_num} of {file}"
                    raise click.UsageError(f"{line} has no user_category_id: give --category.")
                yield _Row(reader.line_num, (row["email"] or "").strip(), (row["uid"] or "").strip(), chosen)
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.UsageError(f"{file} is not a CSV file in UTF-8.") from error


def _batches(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
