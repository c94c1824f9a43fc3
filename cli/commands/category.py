"""`spacegarden category`."""

from typing import Any

import click

from cli.api import Part
from cli.parameters import JsonObject, Name
from cli.session import Group, Session, changes_given, confirmed, list_options, options

_COLUMNS = ("user_category_id", "name", "max_supply", "issued", "created_at")


@click.group(cls=Group)
def category() -> None:
    """Manage a collection's user categories, the templates of NFTs."""


_addressed = options(*(click.argument(name, type=Name()) for name in ("origin", "contract_id", "category_id")))


_template = options(
    click.option("--description", help="The NFTs' description."),
    click.option("--img-url", "imgUrl", help="Address of the image."),
    click.option("--attributes", type=JsonObject(), help="A JSON object."),
    click.option("--max-supply", type=int, help="How many NFTs there may be, if that is limited."),
)


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
    session.show(created, summary=f"Created the category {category_id}.")


@category.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, contract_id: str, part: Part) -> None:
    """List a collection's user categories by id."""
    path = (origin, "collections", contract_id, "categories")
    session.show_entries(*path, cursor="user_category_id", part=part, columns=_COLUMNS)


@category.command()
@_addressed
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, category_id: str) -> None:
    """Show a user category."""
    found = session.api.call("GET", origin, "collections", contract_id, "categories", category_id)
    session.show(found)


@category.command()
@_addressed
@click.option("--name", help="The NFTs' name.")
@_template
@click.pass_obj
def update(session: Session, /, *, origin: str, contract_id: str, category_id: str, **template: Any) -> None:
    """Change a category: the template of new NFTs, or its supply."""
    body = changes_given(template)
    changed = session.api.call("PATCH", origin, "collections", contract_id, "categories", category_id, body=body)
    session.show(changed, summary=f"Changed the category {category_id}.")


@category.command()
@_addressed
@confirmed("Delete the category {category_id} of {origin}'s collection {contract_id}?")
@click.pass_obj
def delete(session: Session, /, *, origin: str, contract_id: str, category_id: str) -> None:
    """Delete a user category; its NFTs stay."""
    deleted = session.api.call("DELETE", origin, "collections", contract_id, "categories", category_id)
    session.show(deleted, summary=f"Deleted the category {category_id}; its NFTs stay.")
