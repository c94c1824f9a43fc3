"""Whose a credential is. Light: it loads with the API, and what checks access tokens with the first of them."""

from chalicelib.partners import service as partners
from chalicelib.partners.domain import Credential


def is_token(text: str) -> bool:
    """Whether a credential is an access token rather than an API key: it has two full stops."""
    return text.count(".") == 2


def authenticate(text: str) -> Credential:
    """The holder of an access token, as `tokens.authenticate` tells it. Raises `CredentialRefused`."""
    from chalicelib.oauth.service import tokens

    return tokens.authenticate(text)


def authenticate_any(text: str) -> Credential:
    """The holder of an access token or of a partner's API key. Raises `CredentialRefused`."""
    return authenticate(text) if is_token(text) else partners.authenticate(text)
