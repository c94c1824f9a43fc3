"""Client authentication of token requests: by HTTP Basic or in the form, never both (RFC 6749 § 2.3.1)."""

from urllib.parse import unquote_plus

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors

from chalicelib.core.comparing import is_same_secret
from chalicelib.core.credentials import basic_pair
from chalicelib.oauth import repository
from chalicelib.oauth.domain import sha256
from chalicelib.oauth.models import ClientRow

_LONGEST_ID = 128
_NOT_UNDERSTOOD = "The Authorization header is not understood: it must be HTTP Basic of client_id and client_secret."


def presented(request: Request) -> tuple[str | None, str | None]:
    """The client id and secret of a request; None for each that is not given. Raises oauthlib's errors."""
    header = request.headers.get("Authorization")
    if header is None:
        return request.client_id, request.client_secret or None
    if request.client_secret:
        raise errors.InvalidRequestError("Client credentials must be given in one way only.")
    scheme, _, credentials = header.strip().partition(" ")
    if scheme.lower() != "basic":
        raise errors.InvalidClientError("Client credentials must be given by HTTP Basic or in the body.")
    pair = basic_pair(credentials.strip())
    if pair is None or pair[1] is None:
        raise errors.InvalidClientError(_NOT_UNDERSTOOD)
    client_id, secret = _decoded(pair[0]), _decoded(pair[1])
    if request.client_id and request.client_id != client_id:
        raise errors.InvalidClientError("The Authorization header and the form name different applications.")
    return client_id, secret


def authenticated(request: Request) -> ClientRow:
    """The application whose secret a request carries. Raises oauthlib's errors, which say what is wrong."""
    client_id, secret = presented(request)
    if not client_id:
        raise errors.InvalidClientError("The application's credentials are missing.")
    if secret is None:
        raise errors.InvalidClientError("The application's secret is missing, or the application is unknown.")
    application = find_application(client_id)
    expected = None if application is None else application.secret_sha256
    if application is None or expected is None or not is_same_secret(expected, sha256(secret)):
        raise errors.InvalidClientError("The application is unknown, or its secret is wrong.")
    return application


def find_application(client_id: str | None) -> ClientRow | None:
    """An application by its id, whatever text that is."""
    if not client_id or len(client_id) > _LONGEST_ID or "\x00" in client_id or not client_id.isprintable():
        return None
    return repository.find_client(client_id)


def _decoded(part: bytes) -> str:
    """The text of a part of the pair. Bytes that are not UTF-8 become text that matches no application."""
    return unquote_plus(part.decode("utf-8", "surrogateescape"))
