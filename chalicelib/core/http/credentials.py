"""How a surface refuses credentials: its status, and the challenge that tells a client what to do (RFC 6750 § 3)."""

import re
from typing import Final

from chalicelib.core.credentials import CredentialRefused, Reason
from chalicelib.core.errors import ApiError, Forbidden, Unauthorized

CHALLENGE: Final = "WWW-Authenticate"
_UNQUOTABLE = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
# The reasons that RFC 6750 § 3.1 calls `invalid_token`; a request without a credential gets no error code.
_INVALID_TOKEN: Final = frozenset({Reason.MALFORMED, Reason.UNKNOWN, Reason.EXPIRED})


def unauthorized(refused: CredentialRefused, *, realm: str, also: str = "") -> ApiError:
    """401, or 403 for a credential that only lacks a scope; `also` is text before the challenge, for another scheme."""
    headers = {CHALLENGE: f"{also}{challenge(refused, realm=realm)}"}
    if refused.reason is Reason.LACKS_SCOPE:
        return Forbidden(str(refused), headers=headers)
    return Unauthorized(str(refused), headers=headers)


def forbidden(refused: CredentialRefused, *, realm: str) -> Forbidden:
    """403 whatever is wrong, for surfaces that know no 401."""
    return Forbidden(str(refused), headers={CHALLENGE: challenge(refused, realm=realm)})


def challenge(refused: CredentialRefused, *, realm: str) -> str:
    """The value of `WWW-Authenticate` for the scheme Bearer."""
    parameters = [f'realm="{realm}"']
    if refused.reason in _INVALID_TOKEN:
        parameters += ['error="invalid_token"', f'error_description="{_UNQUOTABLE.sub("?", str(refused))}"']
    if refused.reason is Reason.LACKS_SCOPE:
        parameters += ['error="insufficient_scope"', f'scope="{refused.scope}"']
    return f"Bearer {', '.join(parameters)}"
