"""Use cases of OAuth. What other surfaces need is `authenticate`: the holder of an access token."""

from chalicelib.oauth.service.tokens import authenticate

__all__ = ["authenticate"]
