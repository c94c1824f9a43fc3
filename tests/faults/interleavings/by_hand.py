"""What an operator does by hand to a job of a chain, which several scenes have as a step."""

from typing import Final

from tests.platform import Partner

JOB: Final = "POST /admin/partners/{origin}/collections/{contract_id}/jobs/{job}"


def to_job(partner: Partner, job: str, what: str) -> int:
    """The status; a job on its way is refused like one that has ended, for no order of the steps shows it so."""
    status = partner.platform.admin("POST", f"/{partner.origin}/collections/summer_party/jobs/{job}/{what}").status
    return 404 if status == 409 else status
