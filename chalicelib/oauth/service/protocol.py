"""The OAuth 2 protocol as oauthlib runs it: endpoints and grants, strict where it is lenient, over our rows and keys.

Authorization gives codes; the token endpoint redeems codes and refresh tokens, and lets applications act for
themselves. What oauthlib asks on the way is answered in `validator`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from oauthlib.common import Request
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints.authorization import AuthorizationEndpoint
from oauthlib.oauth2.rfc6749.endpoints.revocation import RevocationEndpoint
from oauthlib.oauth2.rfc6749.endpoints.token import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from chalicelib.core.ids import random_token
from chalicelib.core.json_reader import read_json
from chalicelib.core.settings import settings
from chalicelib.oauth.domain import CHALLENGE_METHOD, SURFACES, answer_address
from chalicelib.oauth.models import ClientRow, CodeRow, RefreshRow
from chalicelib.oauth.service import tokens
from chalicelib.oauth.service.validator import Account, Validator, refresh_token_of

LONGEST_PARAMETER = 4096
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_ENDPOINT = "https://oauth.invalid/"
# oauthlib reads more parameters, such as response_mode; parameters that are not supported are removed.
_ASKED = frozenset(
    {"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"}
)

_DESCRIPTIONS: Final = {
    "access_denied": "The account did not consent.",
    "invalid_client": "The application is unknown, or must authenticate by its secret.",
    "invalid_grant": "The code_verifier does not belong to the code's code_challenge.",
    "invalid_request": "The request lacks a parameter, or has one that is not understood.",
    "invalid_scope": "A scope is unknown, or beyond what the application is registered for.",
    "server_error": "Something went wrong on our side.",
    "unauthorized_client": "The application may not use this response type or grant type.",
    "unsupported_grant_type": "grant_type must be authorization_code, refresh_token or client_credentials.",
    "unsupported_response_type": "response_type must be code.",
    "unsupported_token_type": "Tokens of this type cannot be revoked.",
}
# In place of descriptions that the library words itself.
_SENTENCES: Final[Mapping[type[errors.OAuth2Error], str]] = {
    errors.MissingClientIdError: "client_id is missing.",
    errors.InvalidClientIdError: "No application has this client_id.",
    errors.MissingResponseTypeError: "response_type is missing; it must be code.",
    errors.MissingCodeChallengeError: "code_challenge is missing, which an application without a secret must send.",
    errors.UnsupportedCodeChallengeMethodError: "code_challenge_method must be S256.",
}

Pairs = Sequence[tuple[str, str]]
Answer = tuple[dict[str, str], str, int]

WRITTEN_FOR: Final = "oauthlib 4.0"


class Asked(NamedTuple):
    """An authorization request that may be answered."""

    application: ClientRow
    scopes: tuple[str, ...]
    redirect_uri: str


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # untyped
    """The authorization code grant with S256 as the only challenge method, and redirects to registered addresses."""

    _code_challenge_methods = {  # noqa: RUF012  # the library's own class attribute
        CHALLENGE_METHOD: AuthorizationCodeGrant._code_challenge_methods[CHALLENGE_METHOD]
    }

    def _handle_redirects(self, request: Request) -> None:
        """Takes an address that is registered, letter for letter; whether it may be one was decided there."""
        asked = request.redirect_uri
        request.using_default_redirect_uri = asked is None
        if asked is None:
            request.redirect_uri = self.request_validator.get_default_redirect_uri(request.client_id, request)
            if request.redirect_uri is None:
                raise errors.MissingRedirectURIError(
                    "redirect_uri is missing, and the application has not exactly one.", request=request
                )
        elif asked not in request.client.redirect_uris:
            raise errors.MismatchingRedirectURIError(
                "redirect_uri is not one that the application has registered.", request=request
            )

    def prepare_authorization_response(
        self, request: Request, token: dict[str, str], headers: dict[str, str], body: None, status: int
    ) -> tuple[dict[str, str], None, int]:
        """Returns only the code; `redirect_address` makes the redirect."""
        del request
        return {**headers, "code": token["code"]}, body, status


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
        validator, _access_token, lambda _: settings().token_life, refresh_token_generator=refresh_token_of
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


def check_authorization(parameters: Pairs) -> Asked:
    """The request for consent, where it can be answered. Raises oauthlib's errors, fatal ones before all others."""
    scopes, asked = _endpoints().authorization.validate_authorization_request(_uri(parameters))
    request = asked["request"]
    return Asked(request.client, tuple(scopes), request.redirect_uri)


def give_code(parameters: Pairs, asked: Asked, account: Account) -> str:
    """The address that leads the account back to the application, with a code.

    Raises oauthlib's errors, `Reused`, `KeyRevoked`.
    """
    headers, _, _ = _endpoints().authorization.create_authorization_response(
        _uri(parameters), credentials={"account": account, "asked_application": asked.application}
    )
    return redirect_address(parameters, asked.redirect_uri, [("code", headers["code"])])


def refusal(parameters: Pairs, redirect_uri: str, error: errors.OAuth2Error) -> str:
    """The address that leads back with an error."""
    error_fields = [("error", str(error.error)), ("error_description", error_description_of(error))]
    return redirect_address(parameters, redirect_uri, error_fields)


def redirect_address(parameters: Pairs, redirect_uri: str, answer: Pairs) -> str:
    """The application's redirect address with the answer, the given state, and the issuer (RFC 9207)."""
    state = [pair for pair in parameters if pair[0] == "state" and len(pair[1]) <= LONGEST_PARAMETER]
    return answer_address(redirect_uri, [*answer, *state, ("iss", settings().public_url)])


def error_description_of(error: errors.OAuth2Error) -> str:
    """The description of an error as a sentence."""
    sentence = _SENTENCES.get(type(error), error.description)
    return sentence or _DESCRIPTIONS.get(error.error, "The request was refused.")


def answer_token_request(form: Pairs, authorization: str | None) -> Answer:
    """Headers, JSON text and status of the token endpoint."""
    return _answered(_endpoints().token.create_token_response, form, authorization)


def answer_revocation(form: Pairs, authorization: str | None) -> Answer:
    """The same of the revocation endpoint."""
    return _answered(_endpoints().revocation.create_revocation_response, form, authorization)


def _answered(endpoint: Any, form: Pairs, authorization: str | None) -> Answer:
    # oauthlib refuses some characters that other servers accept in forms, so the fields that were read are encoded
    # again. A parameter without a value counts as left out (RFC 6749 § 3.2).
    body = urlencode([(name, value) for name, value in form if value])
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization is not None:
        headers["Authorization"] = authorization
    try:
        given, text, status = endpoint(_ENDPOINT, http_method="POST", body=body, headers=headers)
    except errors.OAuth2Error as error:
        given, text, status = {}, error.json, error.status_code
    if status >= 400:
        error_fields = read_json(text.encode())
        text = json.dumps(
            {
                "error_description": _DESCRIPTIONS.get(error_fields["error"], "The request was refused."),
                **error_fields,
            }
        )
    shown = {name: value for name, value in given.items() if name != "WWW-Authenticate"}
    if status == 401:
        shown["WWW-Authenticate"] = 'Basic realm="Spacegarden OAuth", charset="UTF-8"'
    return shown, text, status


def _uri(parameters: Pairs) -> str:
    """The authorization request as an address, which is what oauthlib reads.

    A parameter without a value counts as left out (RFC 6749 § 3.1), but not the address: one that is given must be
    registered, letter for letter.
    """
    asked = [(name, value) for name, value in parameters if name in _ASKED and (value or name == "redirect_uri")]
    return f"{_ENDPOINT}?{urlencode(asked)}"


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
        key_id=None if row is None else row.key_id,
        scopes=request.scopes,
        surfaces=SURFACES if row is None else row.surfaces,
        is_account=row is not None,
    )


def _check_challenge(request: Request) -> dict[str, Any]:
    """Refuses a malformed challenge before it is stored."""
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
