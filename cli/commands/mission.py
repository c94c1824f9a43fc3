"""`spacegarden mission`."""

from typing import Any

import click

from cli.api import Part
from cli.parameters import Name, none_or
from cli.session import Group, Session, changes_given, confirmed, list_options, options

_COLUMNS = ("mission", "kind", "activity", "target", "counting", "has_secret", "reward_action_id")

KINDS = ("simple", "accumulative")
COUNTINGS = ("per_day", "per_act", "running_total")


_rules = options(
    click.option("--kind", type=click.Choice(KINDS), help="Whether acts add up.  [simple]"),
    click.option("--target", type=click.IntRange(min=1), help="How many acts it takes.  [1]"),
    click.option("--counting", type=click.Choice(COUNTINGS), help="What counts once.  [per_day]"),
    click.option("--secret", help="What callers must send as x-api-key, or none."),
    click.option("--reward-collection", "reward_contract_id", help="The collection it is applied in, or none."),
    click.option("--reward-action", "reward_action_id", help="The interaction that rewards its users, or none."),
    click.option(
        "--allow-unknown",
        is_flag=True,
        default=None,
        help="Take an activity whose collection, action or event type does not exist yet.",
    ),
)


@click.group(cls=Group)
def mission() -> None:
    """Manage missions that mission systems ask this platform about."""


@mission.command()
@click.argument("origin", type=Name())
@click.argument("number", type=click.IntRange(min=0))
@click.argument("activity", type=Name())
@_rules
@click.pass_obj
def create(session: Session, /, *, origin: str, number: int, activity: str, **rules: Any) -> None:
    """Create a mission that counts an activity.

    Activities are gardenlab:COLLECTION:ACTION, gardenlab:COLLECTION:mint and dreamspace:TYPE, such as
    gardenlab:summer_party:event_checkin.
    """
    created = session.api.call(
        "POST", origin, "missions", body={"mission": number, "activity": activity, **_given(rules)}
    )
    session.show(created, summary=f"Set up the mission {number} of {origin}.")


@mission.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List a partner's missions by number."""
    session.show_entries(origin, "missions", cursor="mission", part=part, columns=_COLUMNS)


@mission.command()
@click.argument("origin", type=Name())
@click.argument("number", type=click.IntRange(min=0))
@click.pass_obj
def show(session: Session, /, *, origin: str, number: int) -> None:
    """Show a mission and its addresses."""
    session.show(session.api.call("GET", origin, "missions", str(number)))


@mission.command()
@click.argument("origin", type=Name())
@click.argument("number", type=click.IntRange(min=0))
@click.option("--activity", help="What it counts.")
@_rules
@click.pass_obj
def update(session: Session, /, *, origin: str, number: int, activity: str | None, **rules: Any) -> None:
    """Change a mission; `none` removes a secret or a reward."""
    body = _given(changes_given({"activity": activity, **rules}))
    changed = session.api.call("PATCH", origin, "missions", str(number), body=body)
    session.show(changed, summary=f"Changed the mission {number}.")


@mission.command()
@click.argument("origin", type=Name())
@click.argument("number", type=click.IntRange(min=0))
@confirmed("End the mission {number} of {origin}?")
@click.pass_obj
def delete(session: Session, /, *, origin: str, number: int) -> None:
    """Delete a mission; its open rewards stay open."""
    deleted = session.api.call("DELETE", origin, "missions", str(number))
    session.show(deleted, summary=f"Ended the mission {number}.")


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The given options; the word `none` becomes null."""
    return {
        name: none_or(value) if isinstance(value, str) else value
        for name, value in options.items()
        if value is not None
    }
