"""Use cases of OAuth. What other surfaces need is whose an access token is, or any credential."""

from chalicelib.oauth.domain import is_token
from chalicelib.oauth.service.callers import authenticate, authenticate_any

__all__ = ["authenticate", "authenticate_any", "is_token"]
