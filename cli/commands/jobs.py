"""`spacegarden jobs`."""

import click

from cli import output
from cli.parameters import Name
from cli.session import Decorated, Group, Session, confirm

_COLUMNS = ("id", "state", "recipient", "waits_for", "failures", "nonce", "max_fee_gwei", "bids", "created_at")
_MOST = 100


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
@click.option("--limit", type=click.IntRange(1, _MOST), default=_MOST, show_default=True, help="How many at most.")
@click.pass_obj
def list_all(session: Session, /, *, origin: str, contract_id: str, limit: int) -> None:
    """List a collection's open jobs: those on their way, then those that wait."""
    found = session.api.call("GET", origin, "collections", contract_id, "jobs", query={"limit": limit})
    output.show_list(found, as_json=session.as_json, columns=_COLUMNS, advice=f"--limit shows up to {_MOST}")


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
