"""`spacegarden queues`, and `spacegarden deliveries` for those of the webhooks."""

from typing import Any

import click

from cli import output
from cli.parameters import Name
from cli.session import Group, Session, confirm, options

_COLUMNS = ("name", "depth", "in_flight", "delayed", "dead_letters", "oldest_age_seconds")
_DELIVERIES = ("webhooks-fast", "webhooks-slow")
_LARGEST_REDRIVE = 10_000


@click.group(cls=Group)
def queues() -> None:
    """Show queues and redrive their dead letters."""


@click.group(cls=Group)
def deliveries() -> None:
    """Redrive webhook deliveries."""


_redrive_options = options(
    click.option("--limit", type=click.IntRange(min=1), help="At most so many of a queue.  [all of them]"),
    click.option("--yes", is_flag=True, help="Do not ask."),
)


@queues.command("list")
@click.pass_obj
def list_all(session: Session, /) -> None:
    """List the queues with their waiting, running, delayed and dead messages."""
    session.show_list(session.api.call_queues("GET"), columns=_COLUMNS)


@queues.command()
@click.argument("name", type=Name())
@_redrive_options
@click.pass_obj
def redrive(session: Session, /, *, name: str, limit: int | None, yes: bool) -> None:
    """Send a queue's dead letters back to be processed again."""
    _redrive(session, (name,), limit=limit, yes=yes)


@deliveries.command("redrive")
@_redrive_options
@click.pass_obj
def redrive_deliveries(session: Session, /, *, limit: int | None, yes: bool) -> None:
    """Send the dead letters of both webhook queues back to be processed again."""
    _redrive(session, _DELIVERIES, limit=limit, yes=yes)


def _redrive(session: Session, names: tuple[str, ...], *, limit: int | None, yes: bool) -> None:
    how_many = "All" if limit is None else f"Up to {limit}"
    confirm(f"{how_many} dead letters of {' and '.join(names)} will be worked again. Go on?", yes=yes)
    done = [{"name": name, **_redrive_whole(session, name, limit=limit)} for name in names]
    together = {count: sum(each[count] for each in done) for count in ("moved", "failed")}
    summary = f"Sent {together['moved']} dead letter{'' if together['moved'] == 1 else 's'} back"
    if together["failed"]:
        summary += f". {together['failed']} could not be sent and stay: look at the platform's log."
    else:
        summary += "; `queues list` shows what dies again." if together["moved"] else "."
    by_queue = {each["name"]: f"{each['moved']} moved, {each['failed']} failed" for each in done}
    if len(done) > 1:
        session.show({**together, "queues": done}, summary=summary, readable={"queues": by_queue})
    else:
        session.show(done[0], summary=summary)


def _listed(session: Session) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = session.api.call_queues("GET")["data"]
    return listed


def _redrive_whole(session: Session, name: str, *, limit: int | None) -> dict[str, Any]:
    """Repeats the call until all letters that were dead at the start are moved; one call works for some seconds.

    A letter that a worker refuses again becomes dead again and is not sent a second time.
    """
    if limit is None:
        limit = next((each["dead_letters"] for each in _listed(session) if each["name"] == name), _LARGEST_REDRIVE)
    moved = failed = 0
    with output.progress(limit, name) as bar:
        while moved < limit:
            body = {"limit": min(limit - moved, _LARGEST_REDRIVE)}
            answer = session.api.call_queues("POST", name, "redrive", body=body)
            moved, failed = moved + answer["moved"], answer["failed"]
            bar.update(answer["moved"])
            if not answer["moved"] or failed:
                break
    return {"moved": moved, "failed": failed}
