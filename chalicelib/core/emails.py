"""The one form in which e-mail addresses are compared, and to which mail is sent.

Two addresses are one mailbox where their canonical forms are equal: NFC, the ASCII letters A to Z in lower case and no
others, the domain in IDNA A-labels. All other differences count, since a mail server may tell such addresses apart.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Any, Final

MAX_EMAIL_LENGTH: Final = 254
_NOT_A_MAILBOX: Final = "is not the address of a mailbox, such as max@example.com"
_LONGEST_MAILED_LOCAL_PART: Final = 64  # RFC 5321, and SES refuses more
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# NFC turns these alone into ASCII (the Kelvin sign, a Greek accent and a Greek question mark). They stay what they are:
# to a server that does not normalise, they are other mailboxes.
_BECOME_ASCII: Final = re.compile("([\u212a\u1fef\u037e])")


class InvalidEmail(ValueError):
    """Not the plain address of a mailbox."""


def canonical_email(text: str) -> str:
    """The address in the form in which addresses are compared. Idempotent. Raises `InvalidEmail`."""
    if len(text) > MAX_EMAIL_LENGTH:
        raise InvalidEmail(f"an e-mail address has at most {MAX_EMAIL_LENGTH} characters")
    validator = _validator()
    try:
        checked = validator.validate_email(text, check_deliverability=False, globally_deliverable=False)
    except validator.EmailNotValidError as error:
        raise InvalidEmail(_NOT_A_MAILBOX) from error
    if checked.ascii_domain is None:
        raise InvalidEmail(_NOT_A_MAILBOX)
    return f"{_canonical_local_part(text.rpartition('@')[0])}@{checked.ascii_domain.lower()}"


def why_not_mailable(canonical: str) -> str | None:
    """Why SES cannot send to a valid address, as the end of a sentence about it; None where it can.

    SES does not speak SMTPUTF8, so what stands before the @ must be ASCII.
    """
    local_part = canonical.rpartition("@")[0]
    if not local_part.isascii():
        return "has characters other than ASCII before the @, and our mail service cannot send to those"
    if len(local_part) > _LONGEST_MAILED_LOCAL_PART:
        return f"has more than {_LONGEST_MAILED_LOCAL_PART} characters before the @, and our mail service takes no more"
    return None


def _canonical_local_part(text: str) -> str:
    # Once more after the letters are lowered: h and a mark below are one character in NFC, H and that mark are two.
    return _nfc(_nfc(text).translate(_ASCII_LOWER))


def _nfc(text: str) -> str:
    return "".join(
        part if _BECOME_ASCII.fullmatch(part) else unicodedata.normalize("NFC", part)
        for part in _BECOME_ASCII.split(text)
    )


@lru_cache(maxsize=1)
def _validator() -> Any:
    """The library, loaded with the first address: to compile its patterns takes a twentieth of the app's start."""
    import email_validator

    # Whether mail can reach an address is the partner's concern; reserved names (.test, .local) are for their tests.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator
