"""Signing in with an API key that somebody typed into a form."""

from typing import Final

from chalicelib.core.credentials import CredentialRefused
from chalicelib.limits.service import Limit, network_of, use
from chalicelib.partners.domain import Credential
from chalicelib.partners.service import authenticate

FAILED_SIGN_INS: Final = Limit("failed-sign-ins", most=60, seconds=600)


def sign_in(text: str, *, address: str) -> Credential:
    """The holder of an API key that was typed into a form.

    Raises `CredentialRefused`; of too many from one network `LimitReached` instead. Only failures count, and by their
    own network: a key that is right is never refused, whatever somebody else has tried before.
    """
    try:
        return authenticate(text)
    except CredentialRefused:
        use(FAILED_SIGN_INS, network_of(address))
        raise
