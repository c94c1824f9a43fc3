"""`spacegarden link`."""

from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, confirmed, list_options

_COLUMNS = ("id", "a", "b", "created_at")
_KINDS = "email, uid, space3, wallet, discord, x, telegram or twitch"


class Identity(click.ParamType[dict[str, str]]):
    """An identity as `KIND:VALUE`, converted to `{"kind", "value"}`."""

    name = "identity"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """Splits the text; the platform checks the kind."""
        kind, colon, text = str(value).partition(":")
        if not kind or not colon or not text:
            self.fail(f"{value!r} is not an identity such as email:ada@example.com.", param, ctx)
        return {"kind": kind, "value": text}


@click.group(cls=Group)
def link() -> None:
    """Manage links between identities of one person."""


@link.command(help=f"Say that two identities are one person's, each as KIND:VALUE ({_KINDS}).")
@click.argument("origin", type=Name())
@click.argument("a", type=Identity())
@click.argument("b", type=Identity())
@click.pass_obj
def create(session: Session, /, *, origin: str, a: dict[str, str], b: dict[str, str]) -> None:
    """Link two identities of one person."""
    created = session.api.call("POST", origin, "links", body={"a": a, "b": b})
    session.show(created, summary=f"Linked {_text(a)} with {_text(b)}.", readable=_readable(created))


@link.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List the operator's links, newest first."""
    session.show_entries(origin, "links", cursor="id", part=part, columns=_COLUMNS, readable=_readable)


@link.command()
@click.argument("origin", type=Name())
@click.argument("link_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, link_id: str) -> None:
    """Show a link."""
    found = session.api.call("GET", origin, "links", link_id)
    session.show(found, readable=_readable(found))


@link.command()
@click.argument("origin", type=Name())
@click.argument("link_id", metavar="ID", type=Name())
@confirmed("Take back the link {link_id} of {origin}?")
@click.pass_obj
def delete(session: Session, /, *, origin: str, link_id: str) -> None:
    """Delete a link."""
    deleted = session.api.call("DELETE", origin, "links", link_id)
    session.show(deleted, summary=f"Took back the link {link_id}.", readable=_readable(deleted))


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {end: _text(row[end]) for end in ("a", "b")}


def _text(identity: Mapping[str, str]) -> str:
    return f"{identity['kind']}:{identity['value']}"
