"""`spacegarden gas-budget`."""

import click

from cli.parameters import Name, none_or
from cli.session import Group, Session, changes_given

_COLUMNS = ("chain", "mints", "spent_mints", "updates", "spent_updates", "coins", "spent_coins", "held_coins")


@click.group("gas-budget", cls=Group)
def gas_budget() -> None:
    """Set what partners may spend on a chain a day (UTC)."""


@gas_budget.command("list")
@click.argument("origin", type=Name())
@click.pass_obj
def list_all(session: Session, /, *, origin: str) -> None:
    """List a partner's budgets, and what of today is spent."""
    session.show_list(session.api.call("GET", origin, "gas_budgets"), columns=_COLUMNS)


@gas_budget.command("set")
@click.argument("origin", type=Name())
@click.argument("chain", type=Name())
@click.option("--mints", help="How many NFTs may be minted; none: without limit.")
@click.option("--updates", help="How many URIs may be updated; none: without limit.")
@click.option("--coins", help="What transactions may cost, such as 2.5; none: without limit.")
@click.pass_obj
def set_limits(
    session: Session, /, *, origin: str, chain: str, mints: str | None, updates: str | None, coins: str | None
) -> None:
    """Set what a partner may spend on a chain; what is not given stays."""
    given = changes_given({"mints": mints, "updates": updates, "coins": coins})
    body = {name: _limit(name, value) for name, value in given.items()}
    found = session.api.call("PATCH", origin, "gas_budgets", chain, body=body)
    session.show(found, summary=f"Set the budget of {origin} on {chain}.")


@gas_budget.command()
@click.argument("origin", type=Name())
@click.argument("chain", type=Name())
@click.pass_obj
def delete(session: Session, /, *, origin: str, chain: str) -> None:
    """Let a partner spend on a chain without limit."""
    found = session.api.call("DELETE", origin, "gas_budgets", chain)
    session.show(found, summary=f"{origin} spends on {chain} without limit.")


def _limit(name: str, value: str) -> int | str | None:
    limit = none_or(value)
    if limit is None or name == "coins":
        return limit
    try:
        return int(limit)
    except ValueError:
        raise click.BadParameter(f"{limit!r} is not a whole number.", param_hint=f"--{name}") from None
