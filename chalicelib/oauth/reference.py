"""What the API reference says of the OAuth protocol, applications and signing keys."""

from typing import Literal

from pydantic import BaseModel, Field

from chalicelib.core.errors import BadRequest, Conflict, NotFound, Unauthorized, Unavailable
from chalicelib.core.reference import ADMIN_KEY, FORM, PAGE, CodedError, Listed, Operation, Reply, Section, variable
from chalicelib.oauth.domain import CODE_SECONDS
from chalicelib.oauth.routes import admin, protocol
from chalicelib.oauth.schemas import ClientCreate, ClientCreated, ClientRead, ClientUpdate, SigningKeyRead
from chalicelib.partners.reference import ADMIN_INPUT, ADMIN_REFUSALS, ADMIN_UNKNOWN, ORIGIN
from chalicelib.partners.routes import surface


class OauthError(BaseModel):
    """An error by RFC 6749, section 5.2."""

    error: str
    error_description: str | None = Field(exclude_if=lambda text: text is None)


class TokenRequest(BaseModel):
    """The form of the token endpoint. Which fields are needed depends on `grant_type`."""

    grant_type: Literal["authorization_code", "refresh_token", "client_credentials"]
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    scope: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class TokenRead(BaseModel):
    """An access token, and what renews it. There is no `refresh_token` for an application's own token."""

    access_token: str
    token_type: Literal["bearer"]
    expires_in: int
    scope: str
    refresh_token: str | None = Field(exclude_if=lambda token: token is None)
    spaces_user_id: str


class RevocationRequest(BaseModel):
    """The form of the revocation endpoint."""

    token: str
    token_type_hint: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class Revoked(BaseModel):
    """An empty object, whether the token was known or not."""


class JsonWebKey(BaseModel):
    """A public key (RFC 7517)."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    use: Literal["sig"]
    alg: Literal["ES256"]
    kid: str


class JsonWebKeys(BaseModel):
    """The public keys."""

    keys: list[JsonWebKey]


class ServerMetadata(BaseModel):
    """What clients need to find their way (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]


WORDS = {
    "error": "The reason as a word: `invalid_grant`, `invalid_client`, ….",
    "error_description": "The reason as a sentence.",
    "grant_type": "What is given for the token.",
    "code": f"The code that the redirect brought; good once, for {CODE_SECONDS // 60} minutes.",
    "redirect_uri": "The address that the code was sent to.",
    "code_verifier": "What the `code_challenge` was made of (PKCE, S256).",
    "refresh_token": "What a new access token is got with; used once, each time a new one comes.",
    "scope": "Scopes, separated by blanks.",
    "client_id": "The application.",
    "client_secret": "The application's secret.",
    "ClientCreated.client_secret": "The secret. It is shown here and never again; null for a public application.",
    "access_token": "The token: a signed JWT (RFC 9068).",
    "token_type": "Always `bearer`.",
    "expires_in": "Seconds that the access token is good for.",
    "spaces_user_id": "The account that the token is for.",
    "token": "The access token or refresh token to end.",
    "token_type_hint": "Which of both it is; not needed.",
    "keys": "The two keys whose signatures count.",
    "kty": "The kind of key.",
    "crv": "The curve.",
    "x": "The point's first coordinate.",
    "y": "The point's second coordinate.",
    "use": "What the key is for.",
    "alg": "The algorithm that signs.",
    "kid": "The key's id, as tokens name it.",
    "issuer": "This server.",
    "authorization_endpoint": "Where an account consents, in a browser.",
    "token_endpoint": "Where tokens are given.",
    "revocation_endpoint": "Where tokens are ended.",
    "jwks_uri": "Where the public keys are.",
    "scopes_supported": "The scopes there are.",
    "response_types_supported": "What can be asked for.",
    "response_modes_supported": "How the redirect brings it.",
    "grant_types_supported": "What tokens are given for.",
    "token_endpoint_auth_methods_supported": "How applications name themselves.",
    "revocation_endpoint_auth_methods_supported": "How applications name themselves.",
    "code_challenge_methods_supported": "How codes are bound to who asked for them.",
    "name": "The application's name, as the page of consent shows it.",
    "redirect_uris": "Where accounts may be sent back to, exactly.",
    "scopes": "What the application may ask for.",
    "confidential": "True: it keeps a secret. False: it must use PKCE.",
    "created_at": "When it was made.",
    "signs": "True of the key that signs now; both verify.",
}

_CLIENT = {
    "client_id": "app_k3v9q2m4x8t1",
    "name": "Space X Shop",
    "redirect_uris": ["https://shop.spacex.example/callback"],
    "scopes": ["read_only", "read_write"],
    "confidential": True,
    "created_at": "2025-06-08T20:12:00Z",
}
_SIGNING_KEY = {"kid": "k7Qz1x", "created_at": "2025-06-08T20:12:00Z", "signs": True}
_BASE = "https://api.example.com"
_WAYS = ["client_secret_basic", "client_secret_post", "none"]
_CLIENT_REFUSED = Unauthorized("The application is unknown, or its secret is wrong.")

SECTIONS = (
    Section(
        name="OAuth",
        slug="oauth",
        description=(
            "Tokens for applications. An account consents at `/oauth/authorize`, a page for browsers "
            "(`response_type=code`, `client_id`, `redirect_uri`, `scope`, `state`, `code_challenge` with S256), which "
            "leads back with a code. HTTPS only."
        ),
        surface=protocol.surface,
        error=OauthError,
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
            protocol.show_metadata: Operation(
                answer=ServerMetadata,
                example={
                    "issuer": _BASE,
                    "authorization_endpoint": f"{_BASE}/oauth/authorize",
                    "token_endpoint": f"{_BASE}/oauth/token",
                    "revocation_endpoint": f"{_BASE}/oauth/revoke",
                    "jwks_uri": f"{_BASE}/oauth/jwks.json",
                    "scopes_supported": ["read_only", "read_write", "missions"],
                    "response_types_supported": ["code"],
                    "response_modes_supported": ["query"],
                    "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
                    "token_endpoint_auth_methods_supported": _WAYS,
                    "revocation_endpoint_auth_methods_supported": _WAYS,
                    "code_challenge_methods_supported": ["S256"],
                },
            ),
        },
    ),
    Section(
        name="OAuth applications",
        slug="applications",
        description="The applications that a partner registers, and the keys that sign tokens. For the operator.",
        surface=surface,
        error=CodedError,
        security=ADMIN_KEY,
        refusals=ADMIN_REFUSALS,
        refusals_of_addresses=(*ADMIN_UNKNOWN, NotFound("The partner has no OAuth application app_k3v9q2m4x8t1.")),
        refusals_of_input=ADMIN_INPUT,
        variables=(ORIGIN, variable("id", "The application's `client_id`.", "app_k3v9q2m4x8t1")),
        operations={
            admin.create_client: Operation(
                body=ClientCreate,
                sends={
                    "name": "Space X Shop",
                    "redirect_uris": ["https://shop.spacex.example/callback"],
                    "scopes": ["read_only", "read_write"],
                },
                answer=ClientCreated,
                example={**_CLIENT, "client_secret": "4f9RZ0aYc2LwT7uQe1XbN8sKd5HvJ6mPgCi3oBtEyWk"},
            ),
            admin.list_clients: Operation(answer=Listed(ClientRead), example=_CLIENT, parameters=PAGE),
            admin.get_client: Operation(answer=ClientRead, example=_CLIENT),
            admin.update_client: Operation(
                body=ClientUpdate, sends={"name": "Space X Shop"}, answer=ClientRead, example=_CLIENT
            ),
            admin.delete_client: Operation(answer=ClientRead, example=_CLIENT),
            admin.list_signing_keys: Operation(answer=Listed(SigningKeyRead), example=_SIGNING_KEY),
            admin.rotate_signing_keys: Operation(
                answer=Listed(SigningKeyRead),
                example=_SIGNING_KEY,
                refusals=(
                    Conflict(admin.ROTATED_LATELY),
                    Unavailable("The rotation could not be asked for. Please send the request again."),
                ),
            ),
        },
    ),
)
