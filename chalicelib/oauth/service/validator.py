"""What oauthlib asks of us, in the order that the standards demand.

What it would do in several steps (burn the code, store the refresh token) happens in one transaction, at the step that
stores what was issued.
"""

import base64
import binascii
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from oauthlib.common import Request
from oauthlib.oauth2 import RequestValidator
from oauthlib.oauth2.rfc6749 import errors

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import CHALLENGE_METHOD, DEFAULT_SCOPE, Application, covers, sha256, surfaces_of
from chalicelib.oauth.models import ClientRow, CodeRow, RefreshRow, TicketRow
from chalicelib.oauth.service import tokens

_BASIC = "basic "


class Reused(Exception):
    """A code or refresh token that was used before: what came of it is to be revoked."""


class Account(NamedTuple):
    """Who consents: the partner, the scopes of the API key it signed in with, and the sign-in itself if remembered."""

    origin: str
    key_scopes: tuple[str, ...]
    ticket: TicketRow | None = None


class Validator(RequestValidator):  # type: ignore[misc]  # untyped
    """Answers oauthlib's questions; the names are its."""

    def client_authentication_required(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Whether credentials were presented, or the application has some to present."""
        client_id, secret = _presented(request)
        if secret is not None:
            return True
        application = _application(client_id)
        return application is None or application.confidential

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Checks the application's secret."""
        client_id, secret = _presented(request)
        application = _application(client_id)
        if application is None or secret is None or not application.has_secret(secret):
            return False
        request.client, request.client_id = application, application.client_id
        return True

    def authenticate_client_id(self, client_id: str | None, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Recognises a public application, which has no secret."""
        application = _application(client_id)
        if application is None or application.confidential:
            return False
        request.client, request.client_id = application, application.client_id
        return True

    def validate_client_id(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Knows the application that asks for consent."""
        request.client = _application(client_id)
        return request.client is not None

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Takes only an address that is registered, letter for letter."""
        return redirect_uri in request.client.redirect_uris

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str | None:
        """The one registered address, where there is but one."""
        registered = request.client.redirect_uris
        return str(registered[0]) if len(registered) == 1 else None

    def validate_response_type(
        self, client_id: str, response_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Gives codes and nothing else."""
        return response_type == "code"

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        """Public applications prove by PKCE what others prove by their secret."""
        return not request.client.confidential

    def get_default_scopes(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        """What is granted where nothing is named."""
        return [DEFAULT_SCOPE]

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Grants only known scopes that the application was registered for."""
        request.scopes = list(dict.fromkeys(scopes))
        return bool(scopes) and client.may_ask(scopes)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Lets confidential applications alone act for themselves."""
        return client.confidential or grant_type != "client_credentials"

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Stores a code with all that its redemption must match; ends the sign-in that it answers."""
        account: Account = request.account
        transaction = Transaction()
        repository.add_code(
            transaction,
            sha256(code["code"]),
            client_id=client_id,
            origin=account.origin,
            redirect_uri=request.redirect_uri,
            redirect_uri_given=not request.using_default_redirect_uri,
            scopes=list(request.scopes),
            surfaces=surfaces_of(account.key_scopes),
            challenge=request.code_challenge,
        )
        if account.ticket is not None:
            repository.add_ticket_use(transaction, account.ticket, otherwise=Reused())
        transaction.commit()

    def validate_code(
        self, client_id: str, code: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Takes an unused code of this application; one that was used before costs what it gave."""
        row = repository.find_code(sha256(code))
        if row is None or row.client_id != client.client_id:
            return False
        if row.used:
            tokens.revoke_grant(row.grant_id, row.client_id)
            return False
        request.code_row, request.user, request.scopes = row, row.origin, row.scopes
        return bool(row.expires_at > epoch_millis(now()))

    def get_code_challenge(self, code: str, request: Request) -> str | None:
        """The challenge that the code was asked for with."""
        challenge: str | None = request.code_row.challenge
        return challenge

    def get_code_challenge_method(self, code: str, request: Request) -> str:
        """The one method there is."""
        return CHALLENGE_METHOD

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Application, request: Request, *args: Any, **_: Any
    ) -> bool:
        """Wants the address of the authorization request again, where it named one."""
        row: CodeRow = request.code_row
        if redirect_uri != row.redirect_uri or (row.redirect_uri_given and request.using_default_redirect_uri):
            raise errors.InvalidGrantError("redirect_uri differs from the one of the authorization request.")
        return True

    def validate_refresh_token(
        self, refresh_token: str, client: Application, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Takes this application's newest refresh token; an older one costs the whole family."""
        row = repository.find_refresh_token(sha256(refresh_token))
        if row is None or row.client_id != client.client_id:
            return False
        if row.used:
            tokens.revoke_grant(row.grant_id, row.client_id)
            return False
        request.refresh_row, request.user = row, row.origin
        return bool(row.expires_at > epoch_millis(now()))

    def get_original_scopes(self, refresh_token: str, request: Request, *args: Any, **kwargs: Any) -> list[str]:
        """What the account consented to."""
        return list(request.refresh_row.scopes)

    def is_within_original_scope(
        self, request_scopes: list[str], refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        """Lets a token be had for less."""
        return all(covers(request.refresh_row.scopes, scope) for scope in request_scopes)

    def rotate_refresh_token(self, request: Request) -> bool:
        """Each is good once."""
        return True

    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Stores the refresh token and burns what it was given for, together; an access token needs no storing."""
        if request.grant_type == "client_credentials":
            return
        row: CodeRow | RefreshRow = (
            request.code_row if request.grant_type == "authorization_code" else request.refresh_row
        )
        transaction = Transaction()
        if isinstance(row, CodeRow):
            repository.add_code_use(transaction, row, otherwise=Reused())
        else:
            revoked = errors.InvalidGrantError("The grant was revoked.")
            repository.add_refresh_use(transaction, row, reused=Reused(), revoked=revoked)
        repository.add_refresh_token(
            transaction,
            sha256(token["refresh_token"]),
            grant_id=row.grant_id,
            client_id=row.client_id,
            origin=row.origin,
            scopes=row.scopes,
            surfaces=row.surfaces,
        )
        try:
            transaction.commit()
        except Reused as error:  # by another call, since it was read
            tokens.revoke_grant(row.grant_id, row.client_id)
            raise errors.InvalidGrantError("It was used already.") from error

    def invalidate_authorization_code(self, client_id: str, code: str, request: Request, *args: Any, **_: Any) -> None:
        """Nothing is left to do: the code was burnt with the storing of what it gave."""

    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Ends a token of this application; a refresh token takes its grant along. Others are none of its business."""
        access = tokens.verify(token)
        if access is not None:
            if access.client_id == request.client.client_id:
                tokens.revoke_token(access)
            return
        row = repository.find_refresh_token(sha256(token))
        if row is not None and row.client_id == request.client.client_id:
            tokens.revoke_grant(row.grant_id, row.client_id)


def _presented(request: Request) -> tuple[str | None, str | None]:
    """The client id and secret of a request, by Basic or in the body, never both. Raises oauthlib's errors."""
    header = request.headers.get("Authorization")
    if header is None:
        return request.client_id, request.client_secret or None
    if request.client_secret:
        raise errors.InvalidRequestError("Client credentials must be given in one way only.")
    if not header.lower().startswith(_BASIC):
        raise errors.InvalidClientError("Client credentials must be given by HTTP Basic or in the body.")
    try:
        text = base64.b64decode(header[len(_BASIC) :].strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise errors.InvalidClientError("The Authorization header is not understood.") from error
    client_id, colon, secret = text.partition(":")
    if not colon or (request.client_id and request.client_id != unquote_plus(client_id)):
        raise errors.InvalidClientError("The Authorization header is not understood.")
    return unquote_plus(client_id), unquote_plus(secret)


def _application(client_id: str | None) -> Application | None:
    row = repository.find_client(client_id) if client_id and len(client_id) <= 128 and "\x00" not in client_id else None
    return None if row is None else application_of(row)


def application_of(row: ClientRow) -> Application:
    """A row as the protocol knows it."""
    return Application(
        client_id=row.client_id,
        origin=row.origin,
        name=row.name,
        redirect_uris=tuple(row.redirect_uris),
        scopes=tuple(row.scopes),
        confidential=row.confidential,
        secret_sha256=row.secret_sha256,
    )
