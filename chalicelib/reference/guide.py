"""General rules of the API as paragraphs with `code`: credentials, errors, pages, retries, webhooks."""

from typing import Any, Final

from chalicelib.core.http.parse import MAX_BODY_BYTES
from chalicelib.core.json_reader import MAX_DEPTH
from chalicelib.core.pagination import LIST_LIMIT, MAX_ARRAY_LIMIT, MAX_LIST_LIMIT
from chalicelib.core.reference import Parameter
from chalicelib.dreamspace.routes.calls import MAX_DOCUMENT_BODY
from chalicelib.idempotency.repository import KEPT_HOURS
from chalicelib.idempotency.service import MAX_KEY_LENGTH
from chalicelib.oauth.domain import MISSIONS, READ_ONLY, READ_WRITE
from chalicelib.partners.service import REVOCATION_DELAY_SECONDS

SUMMARY: Final = "Loyalty NFTs, missions, customers and events: one platform, four partner APIs."

# Each part has a heading of its own on the reference's first page.
PARTS: Final = {
    "Authentication": (
        "A partner's API key (`sg_…`) goes into `Authorization: Bearer` or `X-API-KEY`; it has scopes, one a surface, "
        f"and a revoked one ends within {REVOCATION_DELAY_SECONDS} seconds: until then some calls with it are still "
        "answered and others refused. Spaces and Gardenlab take OAuth 2 access "
        "tokens as well, Space3 those with the scope `missions`. Everything below `/admin` takes the operator's admin "
        "key. Each operation names what it takes. A refused credential is answered with the reason: missing, of "
        "another scheme, malformed, unknown or revoked, expired, or lacking a scope, which is named. "
        "`WWW-Authenticate` says the same to programs (RFC 6750): its `error` is `invalid_token` or "
        "`insufficient_scope`. API Gateway renames that header to `x-amzn-Remapped-WWW-Authenticate`; so a "
        "client that waits for a challenge before it sends a credential must be told to send it at once."
    ),
    "Errors": (
        "Each surface has one form for all its errors. Gardenlab, admin, webhooks and Space3 answer "
        "`{error: {status, code, message}}`; Spaces `{message, code, param, error}`, where `error` has the same with a "
        "`type`, so that Stripe's clients raise the errors that they have for it; OAuth `{error, error_description}` "
        "(RFC 6749); Dreamspace one sentence of plain text. `code` is for programs, `message` for people. A 500 names "
        "the request and nothing else. A 429 with `Retry-After` says that too many calls were changing the same thing "
        "at the same time, and that this one changed nothing. What only the gateway can answer (429 of a whole stage, "
        "504, and 404 of addresses that nobody serves) is `{message, error: {status, code, message, "
        "type}}` everywhere."
    ),
    "Pages": (
        f"Lists of Spaces, webhooks, Space3 and admin come in an envelope, {LIST_LIMIT} entries a page and newest "
        f"first unless they say otherwise. `limit` asks for 1 to {MAX_LIST_LIMIT}; `starting_after` with the id of the "
        "last entry asks for the next page; `has_more` says whether there is one. Gardenlab and Dreamspace answer bare "
        f"arrays, whole by default; `limit` goes up to {MAX_ARRAY_LIMIT:,}, and a `Link` header of the relation `next` "
        "names the next page."
    ),
    "Repeating a call": (
        f"A POST of Gardenlab or Spaces may carry an `Idempotency-Key` of 1 to {MAX_KEY_LENGTH} characters. The same "
        f"key with the same address, query and body answers the first answer again for {KEPT_HOURS} hours and changes "
        "nothing; with another body, or for another object of the same route, it is refused. Refusals are not "
        "remembered. So whoever has lost an answer sends the call again with its key. The other surfaces ignore the "
        "header: there, look for what the first call made before it is sent again."
    ),
    "Limits": (
        f"A body has at most {MAX_BODY_BYTES // 1024**2} MiB, Dreamspace's documents {MAX_DOCUMENT_BODY / 1e6:g} MB. "
        f"JSON nests {MAX_DEPTH} levels at most, has no duplicate keys and no NaN; strings hold no NUL. Unknown fields "
        "are refused everywhere. A body is UTF-8 text; any other bytes are refused with 400, and so is a literal "
        "U+FFFD, which stands for them where a gateway has read the body first: write it as `\\ufffd` in JSON, or "
        "`%EF%BF%BD` in a form."
    ),
    "Methods and browsers": (
        "HEAD is answered wherever GET is, except in Dreamspace, and has no body. A method that an address does not "
        "have is 405, and `Allow` names those that it has. Scripts of any web site may call missions, OAuth's token, "
        "revocation and key addresses, its metadata, `/health`, `/nft`, `/ipfs` and `/openapi.json`, without cookies: "
        "OPTIONS is answered there by 204, and answers and errors have `Access-Control-Allow-Origin: *`."
    ),
    "Verifying webhooks": (
        "Every delivery is signed by Standard Webhooks: `webhook-signature` holds `v1,` and the base64 of the "
        "HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, one for each live secret, separated by blanks. The "
        "key is the base64 after `whsec_`. Compare in constant time over the raw body, refuse timestamps older than "
        "five minutes, and drop a `webhook-id` that was seen before: deliveries are made at least once. An address of "
        "this service itself is refused as a target, and a request that carries one of our `webhook-id`s is refused "
        "with 508, since webhooks that lead back here would never end."
    ),
}
GUIDE: Final = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in PARTS.items())

# A tag of its own: under the tag of a section, client generators would mix sent webhooks with callable operations.
SENT: Final = "Webhooks that we send"
SENT_DESCRIPTION: Final = (
    "POST requests to a partner's endpoints, signed by Standard Webhooks. How to verify them stands above."
)
WEBHOOK_HEADERS: Final = (
    Parameter(
        "webhook-id", "Names the event, the same in each attempt.", str, "evt_01JXA8Z7Q2W4E6R8T0Y2", "header", True
    ),
    Parameter("webhook-timestamp", "The attempt's time in unix seconds.", str, "1749413520", "header", True),
    Parameter(
        "webhook-signature",
        "One signature for each live secret, separated by blanks.",
        str,
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        "header",
        True,
    ),
    Parameter("X-API-key", "The value configured for the endpoint, if any.", str, "mine", "header"),
)
SCOPES: Final = {
    READ_ONLY: "Read the account's data.",
    READ_WRITE: "Read and change the account's data.",
    MISSIONS: "Use the mission system for the account.",
}
# The environment variable that samples read a scheme's secret from; Postman's variables are the same in lower case.
SECRET_OF_SCHEME: Final = {
    "apiKey": "API_KEY",
    "apiKeyHeader": "API_KEY",
    "secureToken": "API_KEY",
    "accessToken": "ACCESS_TOKEN",
    "accessTokenBasic": "ACCESS_TOKEN",
    "clientBasic": "CLIENT_ID",
    "missionSecret": "MISSION_SECRET",
    "adminKey": "ADMIN_KEY",
}
# The variable of the password of HTTP Basic, where one is read besides the user name.
PASSWORD_OF_SCHEME: Final = {"clientBasic": "CLIENT_SECRET"}


def security_schemes(url: str) -> dict[str, Any]:
    """The schemes by the names that operations use."""
    return {
        "apiKey": _bearer("A partner's API key. The scope that an operation needs stands beside it."),
        "apiKeyHeader": _header("The same API key in a header of its own."),
        "secureToken": _header(
            "`SecureToken`, a second key of the demo partner. A local run alone knows it; no deployed stage takes it."
        ),
        "accessToken": {
            "type": "oauth2",
            "description": "An access token as `Authorization: Bearer`.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{url}/oauth/authorize",
                    "tokenUrl": f"{url}/oauth/token",
                    "refreshUrl": f"{url}/oauth/token",
                    "scopes": SCOPES,
                },
                "clientCredentials": {"tokenUrl": f"{url}/oauth/token", "scopes": SCOPES},
            },
        },
        "accessTokenBasic": {
            "type": "http",
            "scheme": "basic",
            "description": "An access token as the user name of HTTP Basic; the password is ignored.",
        },
        "clientBasic": {
            "type": "http",
            "scheme": "basic",
            "description": "An OAuth application's `client_id` and `client_secret`; or both stand in the form.",
        },
        "missionSecret": {
            "type": "apiKey",
            "in": "header",
            "name": "x-api-key",
            "description": "The secret of a mission that has one.",
        },
        "adminKey": _bearer("The operator's admin key."),
    }


def _bearer(description: str) -> dict[str, Any]:
    return {"type": "http", "scheme": "bearer", "description": description}


def _header(description: str) -> dict[str, Any]:
    return {"type": "apiKey", "in": "header", "name": "X-API-KEY", "description": description}
