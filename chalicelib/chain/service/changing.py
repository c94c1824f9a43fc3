"""Changes of a deployed contract, queued in a surface's transaction. Rare, so it loads with the first of them."""

from chalicelib.chain.domain.changes import Change, kept_of
from chalicelib.chain.metadata import cid_of
from chalicelib.chain.models.jobs import CHANGE
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.service.outbox import TokenReference, enqueue_job, new_job
from chalicelib.core.transactions import Transaction


def enqueue_change(
    transaction: Transaction, collection: TokenReference, change: Change, *, number: int, document: bytes | None
) -> None:
    """Adds a change of a collection's contract, and the metadata that it names where they are ours.

    Changes that concern the same, a token or the whole collection, are made one after the other, by their numbers.
    """
    if document is not None:
        job_rows.add_document(transaction, cid_of(document), document)
    concerned, kept = collection._replace(token_id=change.concerns), kept_of(change)
    job = new_job(concerned, CHANGE, change_sk(number), number=number, uri=change.contract_uri, change=kept)
    enqueue_job(transaction, job)


def change_sk(number: int) -> str:
    """The sort key of the job of a collection's change."""
    return f"CHANGE#{number:010d}"
