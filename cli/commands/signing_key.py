"""`spacegarden signing-key`."""

from time import sleep
from typing import Any

import click

from cli.session import Group, Session, confirmed

_COLUMNS = ("kid", "created_at", "signs")
_MOST_CHECKS = 60
_SECONDS_BETWEEN = 1.0


@click.group("signing-key", cls=Group)
def signing_key() -> None:
    """Manage the two keys that sign OAuth access tokens."""


@signing_key.command("list")
@click.pass_obj
def list_all(session: Session, /) -> None:
    """List both keys, newest first, and show which one signs."""
    answer = session.api.call_signing_keys("GET")
    session.show_list(answer, columns=_COLUMNS)


@signing_key.command()
@confirmed("Replace the older signing key?")
@click.pass_obj
def rotate(session: Session, /) -> None:
    """Replace the older key; the new one signs ten minutes later. Tokens stay valid."""
    answer = _replaced(session, session.api.call_signing_keys("POST"))
    session.show_list(answer, columns=_COLUMNS)


def _replaced(session: Session, before: dict[str, Any]) -> dict[str, Any]:
    """The keys as soon as the new one is listed, or after a minute."""
    known = {key["kid"] for key in before["data"]}
    for _ in range(_MOST_CHECKS):
        sleep(_SECONDS_BETWEEN)
        answer = session.api.call_signing_keys("GET")
        if {key["kid"] for key in answer["data"]} - known:
            return answer
    click.echo(
        "The new key is not made yet: see `spacegarden signing-key list` and the queue `key-rotations`.", err=True
    )
    return before
