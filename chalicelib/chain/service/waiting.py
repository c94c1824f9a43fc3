"""Why a token's mint waits, for the console."""

from chalicelib.chain.domain.causes import SENTENCES, Cause
from chalicelib.chain.models.jobs import SENT
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service.outbox import TokenReference, mint_sk


def why_mint_waits(token: TokenReference, *, attempt: int) -> str | None:
    """A sentence that says why the token's mint is not on the chain yet; None where it only waits for its block."""
    pk = job_rows.job_pk(token.origin, token.contract_id, token.token_id)
    for job in job_rows.find_jobs([(pk, mint_sk(attempt))]):
        cause = Cause(job.waits_for) if job.waits_for else None
        if job.state == SENT:
            row = submission_rows.find_submission(job.transaction_pk or "", job.transaction_sk or "")
            cause = None if row is None else submission_rows.progress_of(row).waits_for
        return None if cause is None else SENTENCES.get(cause)
    return None
