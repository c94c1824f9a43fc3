"""`spacegarden jobs`."""

import click

from cli import output
from cli.parameters import Name
from cli.session import Decorated, Group, Session, confirm, entries_wanted, list_options

_COLUMNS = ("id", "state", "recipient", "waits_for", "failures", "nonce", "max_fee_gwei", "bids", "created_at")


@click.group(cls=Group)
def jobs() -> None:
    """Show what is not on the chain yet, and why; try a job at once, or cancel it."""


def _addressed(command: Decorated) -> Decorated:
    for argument in ("job_id", "contract_id", "origin"):
        command = click.argument(argument, type=Name())(command)
    return command


@jobs.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@list_options
@click.pass_obj
def list_all(
    session: Session, /, *, origin: str, contract_id: str, limit: int | None, everything: bool, after: str | None
) -> None:
    """List a collection's open jobs: those on their way, then those that wait. --after takes a job's cursor."""
    wanted = entries_wanted(limit=limit, everything=everything)
    path = (origin, "collections", contract_id, "jobs")
    found = session.api.read_list(*path, cursor="cursor", limit=wanted, after=after)
    output.show_list(found, as_json=session.as_json, columns=_COLUMNS)


@jobs.command()
@_addressed
@click.pass_obj
def retry(session: Session, /, *, origin: str, contract_id: str, job_id: str) -> None:
    """Try a waiting job at once; its 24 hours begin anew."""
    done = session.api.call("POST", origin, "collections", contract_id, "jobs", job_id, "retry")
    output.show(done, as_json=session.as_json, summary=f"The job {job_id} is tried now.")


@jobs.command()
@_addressed
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel(session: Session, /, *, origin: str, contract_id: str, job_id: str, yes: bool) -> None:
    """End a job that was never sent; the partner is told that it failed."""
    confirm(f"The job {job_id} will end, and the partner will be told that it failed. Go on?", yes=yes)
    done = session.api.call("POST", origin, "collections", contract_id, "jobs", job_id, "cancel")
    output.show(done, as_json=session.as_json, summary=f"Cancelled the job {job_id}.")
