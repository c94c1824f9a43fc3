"""Following a signer's transactions to finality, the oldest first: what stands behind it cannot be final before it.

So a look costs the same however many jobs wait. It ends what has become final, and asks for the next look.
"""

import time
from typing import Final

from chalicelib.chain.domain.pressing import Progress
from chalicelib.chain.repository import signers as signer_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service import jobs, looks
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.core.logging import logger

_log = logger("chain")
_LONGEST_LOOK_SECONDS: Final = 30.0  # well within the queue's visibility time-out


def confirm(pk: str, sk: str, owner: TokenOwner) -> None:
    """Looks at one transaction, out of turn, and has it followed where it is not final."""
    if jobs.confirm(pk, sk, owner) is not None:
        looks.begin(pk, submission_rows.nonce_of(sk))


def follow(pk: str, look_at: str, owner: TokenOwner) -> None:
    """Looks at the signer's transactions in order, as far as they are final; only the message that is due does so."""
    look = signer_rows.find_look(pk)
    if look is None or look.look_at != look_at:
        return
    ends = time.monotonic() + _LONGEST_LOOK_SECONDS
    nonce, progress = int(look.nonce), None
    while _is_given(pk, nonce):
        progress = _confirm(pk, nonce, owner)
        if progress is not None or time.monotonic() > ends:
            looks.go_on(look, nonce=nonce, head=None if progress is None else progress.head)
            return
        nonce += 1
    signer_rows.end_looks(look)
    if _is_given(pk, nonce):  # signed before the end was written, and left to us
        looks.begin(pk, nonce)


def _is_given(pk: str, nonce: int) -> bool:
    """Whether the signer has given this nonce away."""
    signer = submission_rows.find_signer(pk)
    return signer is not None and nonce < int(signer.next_nonce)


def _confirm(pk: str, nonce: int, owner: TokenOwner) -> Progress | None:
    """The progress of a transaction that is not at rest. One that nobody can look at is left to the sweep."""
    sk = submission_rows.submission_sk(nonce)
    try:
        return jobs.confirm(pk, sk, owner)
    except Exception:
        _log.exception("a transaction could not be looked at", extra={"signer": pk, "nonce": nonce})
        jobs.look_again(pk, sk)
        return None
