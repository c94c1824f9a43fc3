"""`spacegarden jobs`."""

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, confirmed, list_options, options

_COLUMNS = ("id", "state", "recipient", "waits_for", "failures", "nonce", "max_fee_gwei", "bids", "created_at")


@click.group(cls=Group)
def jobs() -> None:
    """Show what is not on the chain yet, and why; try a job at once, or cancel it."""


_addressed = options(*(click.argument(name, type=Name()) for name in ("origin", "contract_id", "job_id")))


@jobs.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, contract_id: str, part: Part) -> None:
    """List a collection's open jobs: those on their way, then those that wait. --after takes a job's cursor."""
    path = (origin, "collections", contract_id, "jobs")
    session.show_entries(*path, cursor="cursor", part=part, columns=_COLUMNS)


@jobs.command()
@_addressed
@click.pass_obj
def retry(session: Session, /, *, origin: str, contract_id: str, job_id: str) -> None:
    """Try a waiting job at once; its 24 hours begin anew."""
    done = session.api.call("POST", origin, "collections", contract_id, "jobs", job_id, "retry")
    session.show(done, summary=f"The job {job_id} is tried now.")


@jobs.command()
@_addressed
@confirmed("The job {job_id} will end, and the partner will be told that it failed. Go on?")
@click.pass_obj
def cancel(session: Session, /, *, origin: str, contract_id: str, job_id: str) -> None:
    """End a job that was never sent; the partner is told that it failed."""
    done = session.api.call("POST", origin, "collections", contract_id, "jobs", job_id, "cancel")
    session.show(done, summary=f"Cancelled the job {job_id}.")
