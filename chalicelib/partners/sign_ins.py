"""Signing in with an API key that was typed into a form."""

from typing import Final

from chalicelib.core.credentials import CredentialRefused
from chalicelib.limits.service import Limit, network_of, use
from chalicelib.partners.domain import Credential
from chalicelib.partners.service import authenticate

FAILED_SIGN_INS: Final = Limit("failed-sign-ins", most=60, seconds=600)


def sign_in(text: str, *, address: str) -> Credential:
    """The holder of the key.

    Raises `CredentialRefused`, or `LimitReached` after too many failures from one network. Only failures count: a right
    key is never refused, whatever was tried from the same network before.
    """
    try:
        return authenticate(text)
    except CredentialRefused:
        use(FAILED_SIGN_INS, network_of(address))
        raise
