"""Sign-in by a six-digit code that is mailed to an address.

Known and unknown addresses get the same steps and the same answer, so nobody can test which ones exist. A code
belongs to the browser that asked for it, for ten minutes and five tries.

SignInFailed
├── WrongCode          the code is wrong; another try is allowed
└── NoCodeOpen         no try is left, the code has expired, or this browser has not asked for one
"""

import secrets
from datetime import timedelta

from chalicelib.core.clock import now
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.emails import canonical_email
from chalicelib.core.mail import check_mailable, send_mail
from chalicelib.core.settings import settings
from chalicelib.core.tables import key
from chalicelib.core.transactions import Transaction
from chalicelib.limits.service import Limit, add_use, network_of
from chalicelib.pages import repository
from chalicelib.pages.service.sessions import Visit, add_sign_in

LIFE = timedelta(minutes=10)
MOST_TRIES = 5
DIGITS = 6
# A stranger who keeps asking for codes to somebody's address uses up only their own limit. The limit of the address
# keeps all who ask from filling the mailbox.
BY_ASKER = Limit("mailed-codes-asker", most=5, seconds=1800)
BY_ADDRESS = Limit("mailed-codes-address", most=30, seconds=1800)
BY_NETWORK = Limit("mailed-codes-network", most=60, seconds=1800)


class SignInFailed(Exception):
    """Base of the refusals here."""


class WrongCode(SignInFailed):
    """The code is wrong; another try is allowed."""


class NoCodeOpen(SignInFailed):
    """No try is left, the code has expired, or this browser has not asked for one."""


def send_code(visit: Visit, email: str, *, source_ip: str) -> None:
    """Mails a code to an address. Raises `InvalidEmail`, `NotMailable`, `LimitReached`, `MailNotSent`.

    The code is sent to the canonical address and proves that one only.
    """
    canonical = canonical_email(email)
    check_mailable(canonical)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    transaction = Transaction()
    network = network_of(source_ip)
    add_use(transaction, BY_ASKER, key(canonical, network))
    add_use(transaction, BY_ADDRESS, canonical)
    add_use(transaction, BY_NETWORK, network)
    repository.add_mailed_code(
        transaction, visit.hash, email=canonical, answer=visit.derive(code), expires=now() + LIFE
    )
    transaction.commit()
    minutes = int(LIFE.total_seconds() // 60)
    body = (
        f"Your code is {code}\n\nIt is good for {minutes} minutes, on the page that asked for it:\n"
        f"{settings().public_url}/claim/code\n\n"
        "If you did not ask for it, somebody has mistyped an address; you need do nothing.\n"
    )
    send_mail(canonical, subject=f"{code} is your Spacegarden code", body=body)


def sign_in(visit: Visit, code: str) -> Visit:
    """Signs in with a mailed code and returns the new visit. Raises `WrongCode` or `NoCodeOpen`."""
    row = repository.count_try(visit.hash, most=MOST_TRIES)
    if row is None:
        raise NoCodeOpen
    digits = "".join(code.split())
    if not is_same_secret(row.answer, visit.derive(digits)):
        raise WrongCode if row.tries < MOST_TRIES else NoCodeOpen
    transaction = Transaction()
    repository.add_code_use(transaction, row)
    signed_in = add_sign_in(transaction, visit, {"email": row.email})
    try:
        transaction.commit()
    except repository.MailedCodeUsed as error:
        raise NoCodeOpen from error
    return signed_in
