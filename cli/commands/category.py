"""`spacegarden category`."""

from typing import Any

import click

from cli import output
from cli.parameters import JsonObject, Name
from cli.session import Decorated, Group, Session, changes_given, confirm, entries_wanted, list_options

_COLUMNS = ("user_category_id", "name", "max_supply", "issued", "created_at")


@click.group(cls=Group)
def category() -> None:
    """Manage a collection's user categories, the templates of NFTs."""


def _addressed(command: Decorated) -> Decorated:
    for argument in ("category_id", "contract_id", "origin"):
        command = click.argument(argument, type=Name())(command)
    return command


def _template(command: Decorated) -> Decorated:
    for option in (
        click.option("--max-supply", type=int, help="How many NFTs there may be, if that is limited."),
        click.option("--attributes", type=JsonObject(), help="A JSON object."),
        click.option("--img-url", "imgUrl", help="Address of the image."),
        click.option("--description", help="The NFTs' description."),
    ):
        command = option(command)
    return command


@category.command()
@_addressed
@click.option("--name", help="The NFTs' name.  [the category's id]")
@_template
@click.pass_obj
def create(
    session: Session, /, *, origin: str, contract_id: str, category_id: str, name: str | None, **template: Any
) -> None:
    """Add a user category to a collection."""
    body = {"user_category_id": category_id, "name": category_id if name is None else name}
    body |= {field: value for field, value in template.items() if value is not None}
    created = session.api.call("POST", origin, "collections", contract_id, "categories", body=body)
    output.show(created, as_json=session.as_json, summary=f"Created the category {category_id}.")


@category.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@list_options
@click.pass_obj
def list_all(
    session: Session, /, *, origin: str, contract_id: str, limit: int | None, everything: bool, after: str | None
) -> None:
    """List a collection's user categories by id."""
    wanted = entries_wanted(limit=limit, everything=everything)
    path = (origin, "collections", contract_id, "categories")
    answer = session.api.read_list(*path, cursor="user_category_id", limit=wanted, after=after)
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS)


@category.command()
@_addressed
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, category_id: str) -> None:
    """Show a user category."""
    found = session.api.call("GET", origin, "collections", contract_id, "categories", category_id)
    output.show(found, as_json=session.as_json)


@category.command()
@_addressed
@click.option("--name", help="The NFTs' name.")
@_template
@click.pass_obj
def update(session: Session, /, *, origin: str, contract_id: str, category_id: str, **template: Any) -> None:
    """Change a category: the template of new NFTs, or its supply."""
    body = changes_given(template)
    changed = session.api.call("PATCH", origin, "collections", contract_id, "categories", category_id, body=body)
    output.show(changed, as_json=session.as_json, summary=f"Changed the category {category_id}.")


@category.command()
@_addressed
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(session: Session, /, *, origin: str, contract_id: str, category_id: str, yes: bool) -> None:
    """Delete a user category; its NFTs stay."""
    confirm(f"Delete the category {category_id} of {origin}'s collection {contract_id}?", yes=yes)
    deleted = session.api.call("DELETE", origin, "collections", contract_id, "categories", category_id)
    output.show(deleted, as_json=session.as_json, summary=f"Deleted the category {category_id}; its NFTs stay.")
