"""Use cases of OAuth, and for other surfaces: who holds a credential. The check of access tokens loads on first use."""

from chalicelib.oauth.domain import is_token
from chalicelib.partners import service as partners
from chalicelib.partners.domain import Credential


def authenticate(text: str) -> Credential:
    """The holder of an access token, as `tokens.authenticate` finds it. Raises `CredentialRefused`."""
    from chalicelib.oauth.service import tokens

    return tokens.authenticate(text)


def authenticate_any(text: str) -> Credential:
    """The holder of an access token or of a partner's API key. Raises `CredentialRefused`."""
    return authenticate(text) if is_token(text) else partners.authenticate(text)
