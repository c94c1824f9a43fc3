"""An account's way through an authorization request: it signs in with an API key, then allows or denies.

Nothing rides on a cookie, so another site has nothing to forge with: the key stands in the form itself, and the ticket
that stands for it afterwards is random, answers this one request, and ends with it or after ten minutes.
"""

from typing import NamedTuple

from oauthlib.oauth2.rfc6749 import errors

from chalicelib.core.ids import digest
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import new_secret, sha256
from chalicelib.oauth.service import protocol
from chalicelib.oauth.service.protocol import Asked
from chalicelib.oauth.service.validator import Account, Reused
from chalicelib.partners import service as partners

Parameters = list[tuple[str, str]]


class BadRequestPage(Exception):
    """The application or its redirect address cannot be trusted: say so here, never there. The text says what."""


class GoBack(Exception):
    """The application is told; `address` leads the browser back to it."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class SignInAgain(Exception):
    """The key or the ticket does not count; the text says why."""


class SignedIn(NamedTuple):
    """An account that may consent; `ticket` stands for its key from now on."""

    origin: str
    name: str
    ticket: str


def ask(parameters: Parameters) -> Asked:
    """What is to be consented to. Raises `BadRequestPage` or `GoBack`."""
    try:
        return protocol.check_authorization(parameters)
    except errors.FatalClientError as error:
        raise BadRequestPage(error.description or "The request names no known application.") from error
    except errors.OAuth2Error as error:
        raise GoBack(error.in_uri(error.redirect_uri)) from error


def sign_in(parameters: Parameters, asked: Asked, api_key: str) -> SignedIn:
    """Remembers who signed in, until the decision. Raises `SignInAgain`."""
    account = _account(api_key, asked)
    ticket = new_secret("ti")
    transaction = Transaction()
    repository.add_ticket(
        transaction,
        sha256(ticket),
        origin=account.origin,
        key_scopes=account.key_scopes,
        request_digest=_digest(parameters),
    )
    transaction.commit()
    return SignedIn(account.origin, partners.get_partner(account.origin).display_name, ticket)


def allow(parameters: Parameters, asked: Asked, *, api_key: str | None, ticket: str | None) -> str:
    """The address that leads back with a code. Raises `SignInAgain`."""
    account = _account(api_key, asked) if api_key else _account_of_ticket(ticket or "", parameters)
    try:
        return protocol.give_code(parameters, account)
    except Reused as error:
        raise SignInAgain("This page was answered already. Sign in once more.") from error


def deny(parameters: Parameters, asked: Asked) -> str:
    """The address that leads back without one."""
    state = next((value for name, value in parameters if name == "state"), None)
    return str(errors.AccessDeniedError(state=state).in_uri(asked.redirect_uri))


def _account(api_key: str, asked: Asked) -> Account:
    credential = partners.authenticate(api_key.strip())
    if credential is None:
        raise SignInAgain("This API key is not known, or was revoked.")
    account = Account(credential.origin, tuple(sorted(credential.scopes)))
    if not protocol.may_consent(account, asked):
        raise SignInAgain("This API key lacks the scope that the application asks for.")
    return account


def _account_of_ticket(ticket: str, parameters: Parameters) -> Account:
    row = repository.find_ticket(sha256(ticket)) if ticket else None
    if row is None or row.request_digest != _digest(parameters):
        raise SignInAgain("Your sign-in has ended. Sign in once more.")
    return Account(row.origin, tuple(row.key_scopes), row)


def _digest(parameters: Parameters) -> str:
    return digest(*(part for pair in parameters for part in pair))
