"""Identities and activities: pure, without I/O."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

import email_validator
from email_validator import EmailNotValidError, validate_email

from chalicelib.core.ids import digest

IdentityKind = Literal["email", "uid", "space3", "wallet", "discord", "x", "telegram", "twitch"]
MAX_EMAIL_LENGTH = 254

# Whether mail can reach an address is the partner's concern; reserved names (.test, .local) serve their own trials.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class InvalidEmail(ValueError):
    """Not the plain address of a mailbox."""


@dataclass(frozen=True)
class Identity:
    """One way a person is known. `value` is canonical: equal values mean the same person."""

    kind: IdentityKind
    value: str

    @property
    def digest(self) -> str:
        """The identity in keys: of a fixed size, and unreadable."""
        return digest(self.kind, self.value)


def canonical_email(text: str) -> str:
    """The form in which addresses compare: NFC, case-folded, the domain in IDNA. Raises `InvalidEmail`."""
    if len(text) > MAX_EMAIL_LENGTH:
        raise InvalidEmail(f"an e-mail address has at most {MAX_EMAIL_LENGTH} characters")
    try:
        checked = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise InvalidEmail("is not the address of a mailbox, such as max@example.com") from error
    if checked.ascii_domain is None:
        raise InvalidEmail("is not the address of a mailbox, such as max@example.com")
    local = unicodedata.normalize("NFC", checked.local_part).casefold()
    return f"{local}@{checked.ascii_domain.lower()}"


def email_identity(text: str) -> Identity:
    """The identity of an address. Raises `InvalidEmail`."""
    return Identity("email", canonical_email(text))


def gardenlab_action(contract_id: str, action_id: str) -> str:
    """The activity of an applied interaction."""
    return f"gardenlab:{contract_id}:{action_id}"


def gardenlab_mint(contract_id: str) -> str:
    """The activity of a minted token."""
    return f"gardenlab:{contract_id}:mint"


def dreamspace_act(kind: str) -> str:
    """The activity of a Dreamspace event of this type, or of a `transaction`."""
    return f"dreamspace:{kind}"
