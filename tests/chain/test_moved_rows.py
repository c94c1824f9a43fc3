"""Rows of the chain that move between a worker's read and its write: the write yields, or follows them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models import ChainRow
from chalicelib.chain.models.jobs import MINT, WAITING, JobRow
from chalicelib.chain.models.submissions import FINAL, PENDING, SubmissionRow
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions, working
from chalicelib.core.clock import now
from chalicelib.core.ids import random_token
from chalicelib.core.transactions import Transaction
from tests.platform import Platform


@pytest.fixture
def sent(platform: Platform) -> Iterator[SubmissionRow]:
    """A transaction under the first nonce of a signer of this test's own."""
    del platform
    pk = submissions.signer_pk("local", f"0x{random_token(40)}")
    row = submissions.store_filler(pk, chain="local", nonce=0, raw="0xraw", hash="0xfirst", due=_later())
    assert row is not None
    yield row
    _forget(pk)  # which a sweep of another test would find


@pytest.fixture
def waiting(platform: Platform) -> Iterator[JobRow]:
    """A mint that waits."""
    del platform
    token = {"origin": f"p{random_token(10)}", "contract_id": "c", "token_id": "1", "chain": "local", "contract": "0x1"}
    row = job_rows.job_row(MINT, "MINT#0001", due=_later(), number=1, recipient="0x2", uri="ipfs://x", **token)
    row.save()
    yield _job(row)
    _forget(row.pk)


def test_transaction_that_was_replaced_meanwhile_ends_with_the_bytes_that_were_mined(sent: SubmissionRow) -> None:
    stale = _again(sent)
    submissions.replace_submission(sent, raw="0xdearer", hash="0xsecond", due=_later())
    submissions.finish_submission(stale, mined="0xfirst")
    found = _again(sent)
    assert (found.state, found.hash, found.raw, found.replaced) == (FINAL, "0xfirst", "0xraw", ["0xfirst"])


def test_transaction_that_was_replaced_meanwhile_is_not_lost(sent: SubmissionRow) -> None:
    stale = _again(sent)
    submissions.replace_submission(sent, raw="0xdearer", hash="0xsecond", due=_later())
    with pytest.raises(submissions.SubmissionMoved):
        submissions.lose_submission(stale, [])
    assert _again(sent).state == PENDING


def test_older_look_does_not_write_over_a_newer_ones_observations(sent: SubmissionRow) -> None:
    stale = _again(sent)
    seen = submissions.progress_of(sent)._replace(head=9, bid_head=9, waits_for=Cause.FEE_LIMIT)
    submissions.postpone_submission(sent, due=_later(), progress=seen)
    older = submissions.progress_of(stale)._replace(head=8)
    submissions.postpone_submission(stale, due=_later(), progress=older)
    assert submissions.progress_of(_again(sent)) == seen


def test_job_that_went_out_and_came_back_meanwhile_is_not_sent_as_it_was_read(waiting: JobRow) -> None:
    pk = submissions.signer_pk("local", f"0x{random_token(40)}")
    submissions.lose_submission(_send(pk, waiting, nonce=0), [_job(waiting)])
    assert _job(waiting).state == WAITING
    with pytest.raises(working.JobTaken):
        _send(pk, waiting, nonce=1)
    assert _send(pk, _job(waiting), nonce=1).sk == _job(waiting).transaction_sk
    _forget(pk)


def test_job_whose_patience_began_anew_meanwhile_does_not_end(waiting: JobRow) -> None:
    stale = _job(waiting)
    working.postpone_job(waiting, due=_later(), is_blameless=True)
    transaction = Transaction()
    working.add_job_end(transaction, stale)
    with pytest.raises(working.JobTaken):
        transaction.commit()
    ending = Transaction()
    working.add_job_end(ending, _job(waiting))
    ending.commit()


def test_job_whose_patience_began_anew_meanwhile_is_not_sent_as_it_was_read(waiting: JobRow) -> None:
    pk, stale = submissions.signer_pk("local", f"0x{random_token(40)}"), _job(waiting)
    working.postpone_job(waiting, due=_later(), is_blameless=True)
    with pytest.raises(working.JobTaken):
        _send(pk, stale, nonce=0)
    assert submissions.find_signer(pk) is None
    assert _job(waiting).state == WAITING


def _send(pk: str, job: JobRow, *, nonce: int) -> SubmissionRow:
    transaction = Transaction()
    row = submissions.add_submission(
        transaction,
        pk,
        chain="local",
        after=submissions.find_signer(pk),
        nonce=nonce,
        raw="0x",
        hash=f"0x{nonce}",
        uris={},
        jobs=[job],
        due=_later(),
        budgeted=[],
        reserved=None,
    )
    transaction.commit()
    return row


def _forget(pk: str) -> None:
    for row in ChainRow.query(pk):
        row.delete()


def _again(row: SubmissionRow) -> SubmissionRow:
    found = submissions.find_submission(row.pk, row.sk)
    assert found is not None
    return found


def _job(row: JobRow) -> JobRow:
    [found] = job_rows.find_jobs([(row.pk, row.sk)])
    return found


def _later() -> datetime:
    return now() + timedelta(hours=1)
