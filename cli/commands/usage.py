"""`spacegarden usage`, and the table that the operator sees of a partner."""

from typing import Any

import click

from cli.session import PartnerCommand, Session

_COLUMNS = ("date", "announced", "scanned", "minted", "updated", "changed", "costs")


@click.command(cls=PartnerCommand)
@click.pass_obj
def usage(session: Session, /) -> None:
    """Show what happened at yours by day, and what mints, updates and changes cost."""
    show_usage(session, session.api.call_as_partner("GET", "usage"))


def show_usage(session: Session, found: dict[str, Any]) -> None:
    """Prints the days of a usage, the latest first; as JSON in the order of the answer."""
    days = [{**day, "costs": ", ".join(map(_cost, day["costs"]))} for day in reversed(found["days"])]
    shown = {"object": "list", "has_more": False, "data": found["days"] if session.as_json else days}
    session.show_list(shown, columns=_COLUMNS)


def _cost(cost: dict[str, Any]) -> str:
    value = "" if cost["value"] is None else f" ({cost['value']} {cost['currency']})"
    return f"{cost['coins']} on {cost['chain']}{value}"
