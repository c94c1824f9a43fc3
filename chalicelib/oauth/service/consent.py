"""The steps of an authorization request: an account signs in with an API key, then allows or denies.

There is no cookie, so cross-site requests have no effect. The key is sent in the form itself. Afterwards a random
ticket represents it, which is valid for this request only and for ten minutes.
"""

from typing import NamedTuple

from oauthlib.oauth2.rfc6749 import errors

from chalicelib.core.credentials import CredentialRefused
from chalicelib.core.ids import digest
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import key_may_consent, new_secret, sha256
from chalicelib.oauth.service import protocol
from chalicelib.oauth.service.protocol import Asked
from chalicelib.oauth.service.validator import Account, KeyRevoked, Reused
from chalicelib.partners import service as partners
from chalicelib.partners import sign_ins

Parameters = list[tuple[str, str]]


class BadRequestPage(Exception):
    """The application or its redirect address is invalid, so the error is shown here and not redirected."""


class RedirectToApplication(Exception):
    """The error goes to the application by a redirect to the address that this exception holds as its text."""


class SignInAgain(Exception):
    """The key or the ticket is invalid; the message says why."""


class SignedIn(NamedTuple):
    """An account that may consent; `ticket` represents its key from now on."""

    origin: str
    name: str
    ticket: str


def ask(parameters: Parameters) -> Asked:
    """The requested consent. Raises `BadRequestPage` or `RedirectToApplication`."""
    try:
        return protocol.check_authorization(parameters)
    except errors.FatalClientError as error:
        raise BadRequestPage(protocol.error_description_of(error)) from error
    except errors.OAuth2Error as error:
        raise RedirectToApplication(protocol.refusal(parameters, error.redirect_uri, error)) from error


def sign_in(parameters: Parameters, asked: Asked, api_key: str, *, address: str) -> SignedIn:
    """Stores the sign-in until the decision. Raises `SignInAgain`, `LimitReached`."""
    account = _account(api_key, asked, address)
    ticket = new_secret("ti")
    transaction = Transaction()
    repository.add_ticket(
        transaction,
        sha256(ticket),
        origin=account.origin,
        key_id=account.key_id,
        key_scopes=account.key_scopes,
        request_digest=_digest(parameters),
    )
    transaction.commit()
    return SignedIn(account.origin, partners.get_partner(account.origin).display_name, ticket)


def allow(parameters: Parameters, asked: Asked, *, api_key: str | None, ticket: str | None, address: str) -> str:
    """The redirect address with a code. Raises `SignInAgain`, `LimitReached`."""
    account = _account(api_key, asked, address) if api_key else _account_of_ticket(ticket or "", parameters)
    try:
        return protocol.give_code(parameters, asked, account)
    except Reused as error:
        raise SignInAgain("This page was answered already. Sign in once more.") from error
    except KeyRevoked as error:
        raise SignInAgain("The API key that you signed in with was revoked. Sign in with another.") from error


def deny(parameters: Parameters, asked: Asked) -> str:
    """The redirect address without a code."""
    return protocol.refusal(parameters, asked.redirect_uri, errors.AccessDeniedError())


def _account(api_key: str, asked: Asked, address: str) -> Account:
    try:
        credential = sign_ins.sign_in(api_key.strip(), address=address)
    except CredentialRefused as error:
        raise SignInAgain(str(error)) from error
    account = Account(credential.origin, credential.key_id, tuple(sorted(credential.scopes)))
    if not key_may_consent(account.key_scopes, asked.scopes):
        raise SignInAgain("This API key lacks the scope that the application asks for.")
    return account


def _account_of_ticket(ticket: str, parameters: Parameters) -> Account:
    row = repository.find_ticket(sha256(ticket)) if ticket else None
    if row is None or row.request_digest != _digest(parameters):
        raise SignInAgain("Your sign-in has ended. Sign in once more.")
    return Account(row.origin, row.key_id, tuple(row.key_scopes), row)


def _digest(parameters: Parameters) -> str:
    return digest(*(part for pair in parameters for part in pair))
