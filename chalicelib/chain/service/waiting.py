"""Why a token's mint waits, for the console."""

from chalicelib.chain.domain.causes import SENTENCES
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service.outbox import TokenReference, mint_sk


def why_mint_waits(token: TokenReference, *, attempt: int) -> str | None:
    """A sentence that says why the token's mint is not on the chain yet; None where it only waits for its block."""
    pk = job_rows.job_pk(token.origin, token.contract_id, token.token_id)
    for job in job_rows.find_jobs([(pk, mint_sk(attempt))]):
        cause = submission_rows.wait_of_job(job)
        return None if cause is None else SENTENCES.get(cause)
    return None
