"""What the API reference says of the OAuth protocol, applications and signing keys."""

from typing import Literal

from pydantic import BaseModel, Field

from chalicelib.core.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized, Unavailable
from chalicelib.core.reference import FORM, WRONG_PATH, CodedError, Operation, Reply, Section, api_key, variable
from chalicelib.oauth.domain import CODE_SECONDS
from chalicelib.oauth.routes import admin, grants, protocol
from chalicelib.oauth.service.rotation import NotAsked, RotatedLately
from chalicelib.partners.reference import ADMIN_UNKNOWN, ORIGIN, operators_section
from chalicelib.partners.service import REVOCATION_DELAY_SECONDS


class OauthError(BaseModel):
    """An error by RFC 6749, section 5.2."""

    error: str
    """The reason as a word: `invalid_grant`, `invalid_client`, …."""
    error_description: str
    """The reason as a sentence."""


class TokenRequest(BaseModel):
    """The form of the token endpoint. Which fields are needed depends on `grant_type`."""

    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"]
    """What is given for the token."""
    code: str | None = Field(
        default=None,
        description=f"The code that the redirect brought; good once, for {CODE_SECONDS // 60} minutes.",
    )
    redirect_uri: str | None = None
    """The address that the code was sent to."""
    code_verifier: str | None = None
    """What the `code_challenge` was made of (PKCE, S256)."""
    refresh_token: str | None = None
    """What a new access token is got with; used once, each time a new one comes."""
    scope: str | None = None
    """Scopes, separated by blanks."""
    client_id: str | None = None
    client_secret: str | None = None
    """The application's secret."""


class TokenRead(BaseModel):
    """An access token, and what renews it. There is no `refresh_token` for an application's own token."""

    access_token: str
    """The token: a signed JWT (RFC 9068)."""
    token_type: Literal["bearer"]
    """Always `bearer`."""
    expires_in: int
    """Seconds that the access token is good for."""
    scope: str
    refresh_token: str | None = Field(exclude_if=lambda token: token is None)
    spaces_user_id: str
    """The account that the token is for."""


class RevocationRequest(BaseModel):
    """The form of the revocation endpoint."""

    token: str
    """The access token or refresh token to end."""
    token_type_hint: str | None = None
    """Which of both it is; not needed."""
    client_id: str | None = None
    client_secret: str | None = None


class Revoked(BaseModel):
    """An empty object, whether the token was known or not."""


class JsonWebKey(BaseModel):
    """A public key (RFC 7517)."""

    kty: Literal["EC"]
    """The kind of key."""
    crv: Literal["P-256"]
    """The curve."""
    x: str
    """The point's first coordinate."""
    y: str
    """The point's second coordinate."""
    use: Literal["sig"]
    """What the key is for."""
    alg: Literal["ES256"]
    """The algorithm that signs."""
    kid: str


class JsonWebKeys(BaseModel):
    """The public keys."""

    keys: list[JsonWebKey]
    """The two keys whose signatures count."""


class ServerMetadata(BaseModel):
    """What clients need to find their way (RFC 8414)."""

    issuer: str
    """This server."""
    authorization_endpoint: str
    """Where an account consents, in a browser."""
    token_endpoint: str
    """Where tokens are given."""
    revocation_endpoint: str
    """Where tokens are ended."""
    jwks_uri: str
    """Where the public keys are."""
    scopes_supported: list[str]
    """The scopes there are."""
    response_types_supported: list[str]
    """What can be asked for."""
    response_modes_supported: list[str]
    """How the redirect brings it."""
    grant_types_supported: list[str]
    """What tokens are given for."""
    token_endpoint_auth_methods_supported: list[str]
    """How applications name themselves."""
    revocation_endpoint_auth_methods_supported: list[str]
    """How applications name themselves."""
    code_challenge_methods_supported: list[str]
    """How codes are bound to who asked for them."""
    authorization_response_iss_parameter_supported: bool
    """True: each redirect names the issuer as `iss` (RFC 9207)."""


_CLIENT = {
    "client_id": "app_k3v9q2m4x8t1",
    "name": "Space X Shop",
    "redirect_uris": ["https://shop.spacex.example/callback"],
    "scopes": ["read_only", "read_write"],
    "confidential": True,
    "refresh_grace_seconds": 0,
    "created_at": "2025-06-08T20:12:00Z",
}
_GRANT = {
    "id": "q8x2m5k1v7t3p9r4w6y0",
    "client_id": "app_k3v9q2m4x8t1",
    "name": "Space X Shop",
    "scopes": ["read_only"],
    "key_id": "k3v9q2m4x8t1",
    "created_at": "2025-06-08T20:12:00Z",
    "last_used_at": "2025-06-09T08:00:00Z",
    "expires_at": "2025-07-09T08:00:00Z",
}
_SOON = f"Access tokens are good for at most {REVOCATION_DELAY_SECONDS} seconds more."
_GRANT_ID = variable("id", "The grant's id.", "q8x2m5k1v7t3p9r4w6y0")
_GRANT_UNKNOWN = NotFound("There is no grant q8x2m5k1v7t3p9r4w6y0.")
_SIGNING_KEY = {"kid": "k7Qz1x", "created_at": "2025-06-08T20:12:00Z", "signs": True}
_BASE = "https://api.example.com"
_CLIENT_REFUSED = Unauthorized("The application is unknown, or its secret is wrong.")


_NO_SUCH_ISSUER = (NotFound("There is no such issuer here."),)

SECTIONS = (
    Section(
        name="OAuth",
        slug="oauth",
        description=(
            "Tokens for applications. An account consents at `/oauth/authorize`, a page for browsers "
            "(`response_type=code`, `client_id`, `redirect_uri`, `scope`, `state`, `code_challenge` with S256), which "
            "leads back with a code, the `state` as it was given, and `iss`, the issuer; or with `error` and "
            "`error_description`. `redirect_uri` is compared letter for letter with those that are registered, and its "
            "own query comes back as it is. A consent ends with the API key that gave it. HTTPS only; scripts of other "
            "sites may call the addresses below."
        ),
        surface=protocol.surface,
        error=OauthError,
        variables=(
            variable("p1", "The first part of the issuer's path.", "v1"),
            variable("p2", "The second part of the issuer's path.", "eu"),
        ),
        refusals_of_input=(BadRequest("The body must be a form: Content-Type: application/x-www-form-urlencoded."),),
        operations={
            protocol.issue_token: Operation(
                security=({"clientBasic": ()}, {}),
                body=TokenRequest,
                sent_as=(FORM,),
                sends={"grant_type": "client_credentials", "scope": "read_write"},
                answer=TokenRead,
                example={
                    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiIsImtpZCI6Ims3UXoxeCJ9.e30.c2lnbmF0dXJl",
                    "token_type": "bearer",
                    "expires_in": 3600,
                    "scope": "read_write",
                    "spaces_user_id": "spacex",
                },
                replies={
                    400: Reply(
                        OauthError,
                        {"error": "invalid_grant", "error_description": "It was used already."},
                        "What is given for the token is not good, or the request is not understood.",
                    )
                },
                refusals=(_CLIENT_REFUSED,),
            ),
            protocol.revoke_token: Operation(
                security=({"clientBasic": ()}, {}),
                body=RevocationRequest,
                sent_as=(FORM,),
                sends={"token": "rt_4f9RZ0aYc2LwT7uQe1XbN8sKd5HvJ6mP"},
                answer=Revoked,
                example={},
                refusals=(_CLIENT_REFUSED,),
            ),
            protocol.show_keys: Operation(
                answer=JsonWebKeys,
                example={
                    "keys": [
                        {
                            "kty": "EC",
                            "crv": "P-256",
                            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
                            "use": "sig",
                            "alg": "ES256",
                            "kid": "k7Qz1x",
                        }
                    ]
                },
            ),
            protocol.show_metadata: Operation(answer=ServerMetadata, example=protocol.metadata(_BASE)),
            protocol.show_metadata_of_path: Operation(
                answer=ServerMetadata, example=protocol.metadata(f"{_BASE}/v1"), refusals=_NO_SUCH_ISSUER
            ),
            protocol.show_metadata_of_longer_path: Operation(
                answer=ServerMetadata, example=protocol.metadata(f"{_BASE}/v1/eu"), refusals=_NO_SUCH_ISSUER
            ),
        },
    ),
    Section(
        name="OAuth grants",
        slug="grants",
        description=(
            "What an account allows applications. A key sees and ends the grants that it could itself give: those of "
            "`missions` need that scope, all others `spaces`. A grant that has ended is not listed."
        ),
        surface=grants.surface,
        error=CodedError,
        security=api_key("spaces"),
        refusals=(
            Unauthorized("The API key is missing: send it as Authorization: Bearer or X-API-KEY."),
            Forbidden("The API key lacks the scope spaces or missions."),
        ),
        refusals_of_addresses=(WRONG_PATH, _GRANT_UNKNOWN),
        refusals_of_input=(BadRequest("starting_after: this list has no 'q8x2m5k1v7t3p9r4w6y0'"),),
        variables=(_GRANT_ID,),
        operations={
            grants.list_grants: Operation(example=_GRANT),
            grants.get_grant: Operation(example=_GRANT),
            grants.end_grant: Operation(description=_SOON, example=_GRANT),
        },
    ),
    operators_section(
        name="Partners' OAuth grants",
        slug="partners-grants",
        description="What partners allow applications. For the operator.",
        refusals_of_addresses=(*ADMIN_UNKNOWN, _GRANT_UNKNOWN),
        variables=(ORIGIN, _GRANT_ID),
        operations={
            grants.list_grants_of_partner: Operation(example=_GRANT),
            grants.get_grant_of_partner: Operation(example=_GRANT),
            grants.end_grant_of_partner: Operation(description=_SOON, example=_GRANT),
        },
    ),
    operators_section(
        name="OAuth applications",
        slug="applications",
        description="The applications that a partner registers, and the keys that sign tokens. For the operator.",
        refusals_of_addresses=(*ADMIN_UNKNOWN, NotFound("The partner has no OAuth application app_k3v9q2m4x8t1.")),
        variables=(ORIGIN, variable("id", "The application's `client_id`.", "app_k3v9q2m4x8t1")),
        operations={
            admin.create_client: Operation(
                sends={
                    "name": "Space X Shop",
                    "redirect_uris": ["https://shop.spacex.example/callback"],
                    "scopes": ["read_only", "read_write"],
                },
                example={**_CLIENT, "client_secret": "4f9RZ0aYc2LwT7uQe1XbN8sKd5HvJ6mPgCi3oBtEyWk"},
            ),
            admin.list_clients: Operation(example=_CLIENT),
            admin.get_client: Operation(example=_CLIENT),
            admin.update_client: Operation(sends={"name": "Space X Shop"}, example=_CLIENT),
            admin.delete_client: Operation(description=_SOON, example=_CLIENT),
            admin.list_signing_keys: Operation(example=_SIGNING_KEY),
            admin.rotate_signing_keys: Operation(
                example=_SIGNING_KEY,
                refusals=(Conflict(str(RotatedLately())), Unavailable(str(NotAsked()))),
            ),
        },
    ),
)
