"""The OAuth 2 protocol as oauthlib runs it: endpoints and grants, strict where it is lenient, over our rows and keys.

Authorization gives codes; the token endpoint redeems codes and refresh tokens, and lets applications act for
themselves. What oauthlib asks on the way is answered in `validator`.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import AuthorizationEndpoint, RevocationEndpoint, TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.oauth.domain import CHALLENGE_METHOD, SURFACES, Application, key_opens, new_secret
from chalicelib.oauth.models import CodeRow, RefreshRow
from chalicelib.oauth.service import tokens
from chalicelib.oauth.service.validator import Account, Validator

LONGEST_PARAMETER = 4096
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_ENDPOINT = "https://oauth.invalid/"
# oauthlib reads more, such as response_mode; what is not offered is not listened to.
_ASKED = frozenset(
    {"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"}
)

Answer = tuple[dict[str, str], str, int]


class Asked(NamedTuple):
    """An authorization request that may be answered."""

    application: Application
    scopes: tuple[str, ...]
    redirect_uri: str


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # untyped
    """The authorization code grant with S256 as the only challenge method."""

    _code_challenge_methods = {  # noqa: RUF012  # the library's own class attribute
        CHALLENGE_METHOD: AuthorizationCodeGrant._code_challenge_methods[CHALLENGE_METHOD]
    }


class _TokenEndpoint(TokenEndpoint):  # type: ignore[misc]  # untyped
    """The token endpoint, strict about what RFC 6749 § 3.2 demands of every request."""

    def validate_token_request(self, request: Request) -> None:
        super().validate_token_request(request)
        if not request.grant_type:
            raise errors.InvalidRequestError("Missing grant_type parameter.", request=request)
        if request.duplicate_params:
            raise errors.InvalidRequestError("A parameter is given more than once.", request=request)


class _BearerToken(BearerToken):  # type: ignore[misc]  # untyped
    """Token answers with the type in lower case, as this API has always had it."""

    __slots__ = ()

    def create_token(self, request: Request, refresh_token: bool = False, **kwargs: Any) -> Any:
        token = super().create_token(request, refresh_token, **kwargs)
        token["token_type"] = "bearer"
        return token


class _Endpoints(NamedTuple):
    authorization: AuthorizationEndpoint
    token: TokenEndpoint
    revocation: RevocationEndpoint


@lru_cache(maxsize=1)
def _endpoints() -> _Endpoints:
    validator = Validator()
    code = _CodeGrant(validator, pre_auth=[_check_challenge], post_token=[_check_verifier])
    bearer = _BearerToken(
        validator, _access_token, lambda _: settings().token_life, refresh_token_generator=lambda _: new_secret("rt")
    )
    grants = {
        "authorization_code": code,
        "refresh_token": RefreshTokenGrant(validator),
        "client_credentials": ClientCredentialsGrant(validator),
    }
    return _Endpoints(
        AuthorizationEndpoint(default_response_type="code", default_token_type=bearer, response_types={"code": code}),
        _TokenEndpoint(default_grant_type="authorization_code", default_token_type=bearer, grant_types=grants),
        RevocationEndpoint(validator),
    )


def check_authorization(parameters: list[tuple[str, str]]) -> Asked:
    """The request for consent, where it can be answered. Raises oauthlib's errors, fatal ones before all others."""
    scopes, asked = _endpoints().authorization.validate_authorization_request(_uri(parameters))
    request = asked["request"]
    return Asked(request.client, tuple(scopes), request.redirect_uri)


def give_code(parameters: list[tuple[str, str]], account: Account) -> str:
    """The address that leads the account back to the application, with a code. Raises oauthlib's errors, `Reused`."""
    headers, _, _ = _endpoints().authorization.create_authorization_response(
        _uri(parameters), credentials={"account": account}
    )
    return str(headers["Location"])


def may_consent(account: Account, asked: Asked) -> bool:
    """Whether the key that signed in opens what the application asks for."""
    return key_opens(account.key_scopes, asked.scopes)


def answer_token_request(body: str, authorization: str | None) -> Answer:
    """Headers, JSON text and status of the token endpoint."""
    return _answered(_endpoints().token.create_token_response, body, authorization)


def answer_revocation(body: str, authorization: str | None) -> Answer:
    """The same of the revocation endpoint."""
    return _answered(_endpoints().revocation.create_revocation_response, body, authorization)


def _answered(endpoint: Any, body: str, authorization: str | None) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization is not None:
        headers["Authorization"] = authorization
    try:
        given, text, status = endpoint(_ENDPOINT, http_method="POST", body=body, headers=headers)
    except errors.OAuth2Error as error:
        given, text, status = {}, error.json, error.status_code
    shown = {name: value for name, value in given.items() if name != "WWW-Authenticate"}
    if status == 401:
        shown["WWW-Authenticate"] = 'Basic realm="Spacegarden OAuth", charset="UTF-8"'
    return shown, text, status


def _uri(parameters: list[tuple[str, str]]) -> str:
    return f"{_ENDPOINT}?{urlencode([(name, value) for name, value in parameters if name in _ASKED])}"


def _access_token(request: Request) -> str:
    row: CodeRow | RefreshRow | None = None
    if request.grant_type == "authorization_code":
        row = request.code_row
    elif request.grant_type == "refresh_token":
        row = request.refresh_row
    origin = request.client.origin if row is None else row.origin
    request.extra_credentials = {"spaces_user_id": origin}
    return tokens.mint(
        origin=origin,
        client_id=request.client.client_id,
        grant=random_token(20) if row is None else row.grant_id,
        scopes=request.scopes,
        surfaces=SURFACES if row is None else row.surfaces,
        is_account=row is not None,
    )


def _check_challenge(request: Request) -> dict[str, Any]:
    """Refuses a challenge that no verifier can answer, before it is stored."""
    for name in ("state", "scope", "code_challenge"):
        if len(getattr(request, name) or "") > LONGEST_PARAMETER:
            setattr(request, name, None)
            raise errors.InvalidRequestError(f"{name} is too long.", request=request)
    if request.code_challenge is not None and not _CHALLENGE.fullmatch(request.code_challenge):
        raise errors.InvalidRequestError("code_challenge must be 43 characters of base64url.", request=request)
    return {}


def _check_verifier(request: Request) -> None:
    """Refuses a verifier where the code was asked for without a challenge: somebody took the challenge away."""
    if request.code_verifier and request.code_row.challenge is None:
        raise errors.InvalidGrantError("The code was asked for without a code_challenge.", request=request)
