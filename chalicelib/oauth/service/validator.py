"""The callbacks that oauthlib calls, in the order of the standards.

oauthlib marks a code as used and stores the refresh token in two steps. Here both happen in one transaction, in
`save_bearer_token`.
"""

from typing import Any, NamedTuple

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.request_validator import RequestValidator

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.credentials import CredentialRefused
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import (
    CHALLENGE_METHOD,
    DEFAULT_SCOPE,
    common_scopes,
    covers,
    may_be_asked,
    new_salt,
    sha256,
    successor,
    surfaces_of,
)
from chalicelib.oauth.models import ClientRow, CodeRow, RefreshRow, TicketRow
from chalicelib.oauth.service import clients, grants, tokens
from chalicelib.partners import service as partners

_KEY_REVOKED = "The API key that consented was revoked."


class Reused(Exception):
    """A code or refresh token was used before; its grant must be revoked."""


class KeyRevoked(Exception):
    """The API key that an account signed in with was revoked meanwhile."""


class Account(NamedTuple):
    """Who consents: the partner, the API key it signed in with and its scopes, and the sign-in itself if remembered."""

    origin: str
    key_id: str
    key_scopes: tuple[str, ...]
    ticket: TicketRow | None = None


class Validator(RequestValidator):  # type: ignore[misc]  # untyped
    """Answers oauthlib's questions; the names are its."""

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Whether credentials were presented, or the application has some to present."""
        client_id, secret = clients.presented(request)
        if secret is not None:
            return True
        application = clients.find_application(client_id)
        return application is None or application.confidential

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Checks the application's secret."""
        application = clients.authenticated(request)
        request.client, request.client_id = application, application.client_id
        return True

    def authenticate_client_id(self, client_id: str | None, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Recognises a public application, which has no secret."""
        application = clients.find_application(client_id)
        if application is None or application.confidential:
            return False
        request.client, request.client_id = application, application.client_id
        return True

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Finds the application; for an answer it is the one that the account was asked about."""
        request.client = getattr(request, "asked_application", None) or clients.find_application(client_id)
        return request.client is not None

    def validate_response_type(
        self, client_id: str, response_type: str, client: ClientRow, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Only codes are given."""
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """True for public applications, which have no secret."""
        return not request.client.confidential

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str | None:
        """The registered address, if there is exactly one."""
        registered = request.client.redirect_uris
        return str(registered[0]) if len(registered) == 1 else None

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        """The scopes of a request that names none."""
        return [DEFAULT_SCOPE]

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: ClientRow, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Grants only known scopes that the application is registered for."""
        request.scopes = list(dict.fromkeys(scopes))
        return bool(scopes) and may_be_asked(scopes, client.scopes)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: ClientRow, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Only confidential applications may use client credentials."""
        return client.confidential or grant_type != "client_credentials"

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Stores a code with all that its redemption must match, while the key stands; ends the sign-in it answers."""
        account: Account = request.account
        transaction = Transaction()
        repository.add_code(
            transaction,
            sha256(code["code"]),
            client_id=client_id,
            origin=account.origin,
            key_id=account.key_id,
            redirect_uri=request.redirect_uri,
            redirect_uri_given=not request.using_default_redirect_uri,
            scopes=list(request.scopes),
            surfaces=surfaces_of(account.key_scopes),
            challenge=request.code_challenge,
        )
        if account.ticket is not None:
            repository.add_ticket_use(transaction, account.ticket, otherwise=Reused())
        partners.require_key(transaction, account.key_id, otherwise=KeyRevoked())
        transaction.commit()

    def validate_code(
        self, client_id: str, code: str, client: ClientRow, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Accepts an unused code of this application; a second use revokes the grant of the first."""
        row = repository.find_code(sha256(code))
        if row is None or row.client_id != client.client_id:
            raise errors.InvalidGrantError("The code is unknown, or was given to another application.")
        if row.used:
            grants.end_family(row.grant_id, row.client_id)
            raise errors.InvalidGrantError("The code was used already.")
        if row.expires_at <= epoch_millis(now()):
            raise errors.InvalidGrantError("The code has expired.")
        request.code_row, request.user, request.scopes = row, row.origin, _scopes_left(row, client)
        return True

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        """The challenge that the code was asked for with."""
        challenge: str | None = request.code_row.challenge
        return challenge

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        """The one method there is."""
        return CHALLENGE_METHOD

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: ClientRow, request: Request, *args: Any, **_: Any
    ) -> bool:
        """Requires the address of the authorization request, if that named one."""
        row: CodeRow = request.code_row
        if redirect_uri != row.redirect_uri or (row.redirect_uri_given and request.using_default_redirect_uri):
            raise errors.InvalidGrantError("redirect_uri differs from the one of the authorization request.")
        return True

    def validate_refresh_token(
        self, refresh_token: str, client: ClientRow, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Accepts this application's newest refresh token; an older one, after its grace, revokes the whole family."""
        row = repository.find_refresh_token(sha256(refresh_token))
        if row is None or row.client_id != client.client_id:
            raise errors.InvalidGrantError("The refresh token is unknown, or was given to another application.")
        if row.used and not _may_be_repeated(row, client):
            grants.end_family(row.grant_id, row.client_id)
            raise errors.InvalidGrantError("The refresh token was used already.")
        if row.expires_at <= epoch_millis(now()):
            raise errors.InvalidGrantError("The refresh token has expired.")
        request.refresh_row, request.user = row, row.origin
        request.salt = row.salt if row.used else new_salt()
        return True

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        """The scopes of the consent that the application is still registered for."""
        return _scopes_left(request.refresh_row, request.client)

    def is_within_original_scope(
        self, request_scopes: list[str], refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """A new access token may have fewer scopes than the consent, never more."""
        left = _scopes_left(request.refresh_row, request.client)
        return all(covers(left, scope) for scope in request_scopes)

    def rotate_refresh_token(self, request: Request) -> bool:
        """Every refresh token is valid for one use."""
        return True

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Stores the refresh token and marks the code or token that it was given for as used, in one transaction."""
        if request.grant_type == "authorization_code":
            _redeem(request.code_row, token)
        elif request.grant_type == "refresh_token":
            _refresh(request.refresh_row, token, request)

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *args: Any, **_: Any) -> None:
        """Does nothing: `save_bearer_token` has marked the code as used."""

    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Revokes a token of this application; a refresh token ends its grant. Others are ignored."""
        try:
            access = tokens.verify(token)
        except CredentialRefused:
            row = repository.find_refresh_token(sha256(token))
            if row is not None and row.client_id == request.client.client_id:
                grants.end_family(row.grant_id, row.client_id)
        else:
            if access.client_id == request.client.client_id:
                tokens.revoke_token(access)


def refresh_token_of(request: Request) -> str:
    """The refresh token that answers a request: the successor of the token, or of the code, that it presents."""
    if request.grant_type == "refresh_token":
        return successor(request.refresh_token, request.salt)
    return successor(request.code, new_salt())


def _redeem(row: CodeRow, token: dict[str, Any]) -> None:
    transaction = Transaction()
    grant = repository.add_code_use(transaction, row, otherwise=Reused())
    partners.require_key(transaction, row.key_id, otherwise=errors.InvalidGrantError(_KEY_REVOKED))
    repository.add_refresh_token(transaction, sha256(token["refresh_token"]), given_for=row)
    grants.add_grant_begin(transaction, grant)
    try:
        transaction.commit()
    except Reused as error:  # by another call, since it was read
        grants.end_family(row.grant_id, row.client_id)
        raise errors.InvalidGrantError("The code was used already.") from error


def _refresh(row: RefreshRow, token: dict[str, Any], request: Request) -> None:
    revoked, no_key = errors.InvalidGrantError("The grant was ended."), errors.InvalidGrantError(_KEY_REVOKED)
    transaction = Transaction()
    if row.used:  # its successor is stored already, and is given again
        repository.add_grant_check(transaction, row.grant_id, otherwise=revoked)
    else:
        repository.add_refresh_use(transaction, row, salt=request.salt, reused=Reused(), revoked=revoked)
        repository.add_refresh_token(transaction, sha256(token["refresh_token"]), given_for=row)
    partners.require_key(transaction, row.key_id, otherwise=no_key)
    try:
        transaction.commit()
    except Reused as error:  # by another call, since it was read
        first = repository.find_refresh_token(sha256(request.refresh_token))
        if first is None or not _may_be_repeated(first, request.client):
            grants.end_family(row.grant_id, row.client_id)
            raise errors.InvalidGrantError("The refresh token was used already.") from error
        token["refresh_token"] = successor(request.refresh_token, first.salt or "")


def _may_be_repeated(row: RefreshRow, application: ClientRow) -> bool:
    """True if a used refresh token is within the application's grace, so its successor may be issued again."""
    if row.used_at is None or row.salt is None:
        return False
    return epoch_millis(now()) < row.used_at + application.refresh_grace_seconds * 1000


def _scopes_left(row: CodeRow | RefreshRow, application: ClientRow) -> list[str]:
    left = common_scopes(row.scopes, application.scopes)
    if not left:
        raise errors.InvalidScopeError("The application is no longer registered for any scope of this grant.")
    return left
