"""Access tokens: what they say, and every way to forge one."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from botocore.exceptions import EndpointConnectionError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.oauth.service import keys, tokens
from tests.budgets.metering import metered
from tests.oauth.flows import Application, Request, holder_of, register
from tests.platform import Partner, Platform

_FOREIGN = ec.generate_private_key(ec.SECP256R1())


def _published(platform: Platform, kid: str) -> Any:
    keys = platform.call("GET", "/oauth/jwks.json").json["keys"]
    return jwt.PyJWK(next(key for key in keys if key["kid"] == kid)).key


def _resigned(token: str, *, key: EllipticCurvePrivateKey = _FOREIGN, **changes: Any) -> str:
    claims = {**jwt.decode(token, options={"verify_signature": False}), **changes}
    return jwt.encode(claims, key, algorithm="ES256", headers={"kid": _kid(token), "typ": "at+jwt"})


def _kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _with_header(token: str, **changes: Any) -> str:
    header = {**jwt.get_unverified_header(token), **changes}
    return ".".join(
        [_part({name: value for name, value in header.items() if value is not None}), *token.split(".")[1:]]
    )


def test_token_is_what_rfc_9068_describes(platform: Platform, shop: Application, account: Partner) -> None:
    token = shop.tokens_of(account)["access_token"]
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    audience = f"{settings().public_url}/api/v1"
    claims = jwt.decode(token, _published(platform, header["kid"]), algorithms=["ES256"], audience=audience)
    assert claims["iss"] == settings().public_url
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (account.origin, shop.client_id, "read_write")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["jti"]
    own = jwt.decode(shop.own_token(), options={"verify_signature": False})
    assert (own["sub"], own["spaces_user_id"]) == (shop.client_id, shop.origin)


FORGERIES: dict[str, Callable[[str], str]] = {
    "no text": lambda _: "",
    "not a token": lambda _: "x",
    "two full stops": lambda _: "..",
    "truncated": lambda token: token[:-1],
    "without signature": lambda token: token.rpartition(".")[0] + ".",
    "prolonged": lambda token: token + "AAAA",
    "oversized": lambda token: token + "A" * 10_000,
    "not ASCII": lambda token: token + "é",
    "alg none": lambda token: _with_header(token, alg="none"),
    "alg none without signature": lambda token: _with_header(token, alg="none").rpartition(".")[0] + ".",
    "alg None": lambda token: _with_header(token, alg="None"),
    "alg a list": lambda token: _with_header(token, alg=["ES256"]),
    "alg HS256": lambda token: _with_header(token, alg="HS256"),
    "alg ES384": lambda token: _with_header(token, alg="ES384"),
    "no alg": lambda token: _with_header(token, alg=None),
    "another type": lambda token: _with_header(token, typ="JWT"),
    "no type": lambda token: _with_header(token, typ=None),
    "unknown kid": lambda token: _with_header(token, kid="unknown"),
    "kid a path": lambda token: _with_header(token, kid="../../dev/null"),
    "kid a number": lambda token: _with_header(token, kid=1),
    "kid null": lambda token: _with_header(token, kid=None),
    "kid with SQL": lambda token: _with_header(token, kid="' OR 1=1 --"),
    "own key in the header": lambda token: _with_header(token, jwk={"kty": "EC"}),
    "key's address in the header": lambda token: _with_header(token, jku="https://evil.example/jwks.json"),
    "critical extension": lambda token: _with_header(token, crit=["exp"]),
    "another key": lambda token: _resigned(token),
    "claims of another": lambda token: ".".join(
        [token.split(".")[0], _part({"spaces_user_id": "x"}), token.split(".")[2]]
    ),
    "signature of zeros": lambda token: token.rpartition(".")[0] + "." + "A" * 86,
}


@pytest.mark.parametrize("what", FORGERIES)
def test_forged_token_is_nobodys(shop: Application, what: str) -> None:
    token = shop.own_token()
    assert holder_of(token) is not None
    assert holder_of(FORGERIES[what](token)) is None


def test_public_key_is_no_secret_to_sign_with(platform: Platform, shop: Application) -> None:
    """The classic confusion: an HMAC over the published key."""
    token = shop.own_token()
    public = _published(platform, _kid(token))
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signing_input = _with_header(token, alg="HS256").rpartition(".")[0]
    algorithm = jwt.get_algorithm_by_name("HS256")
    signature = base64.urlsafe_b64encode(algorithm.sign(signing_input.encode(), pem)).decode().rstrip("=")
    assert holder_of(f"{signing_input}.{signature}") is None


@pytest.mark.parametrize(
    ("claim", "value"),
    [("iss", "https://evil.example"), ("aud", "https://evil.example/api/v1"), ("aud", None), ("client_id", None)],
    ids=["issuer", "audience", "no audience", "no application"],
)
def test_token_for_somebody_else_does_not_count(
    shop: Application, monkeypatch: pytest.MonkeyPatch, claim: str, value: str | None
) -> None:
    """Signed by the true key, as another stage with the same keys would."""
    sign = tokens._signed

    def changed(header: Any, claims: Any, key: Any) -> str:
        kept = {**claims, claim: value}
        return sign(header, {name: content for name, content in kept.items() if content is not None}, key)

    monkeypatch.setattr(tokens, "_signed", changed)
    assert holder_of(shop.own_token()) is None


def test_token_ends_with_its_hour_even_where_it_is_remembered(shop: Application) -> None:
    token = shop.own_token()
    assert holder_of(token) is not None
    with travelled(timedelta(minutes=59)):
        assert holder_of(token) is not None
    with travelled(timedelta(hours=1)):
        assert holder_of(token) is None


def test_local_run_may_shorten_tokens(shop: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    shortened = settings().model_copy(update={"token_seconds": 5})
    monkeypatch.setattr(type(settings()), "token_life", property(lambda _: shortened.token_seconds))
    answer = shop.token(grant_type="client_credentials")
    assert answer.json["expires_in"] == 5
    with travelled(timedelta(seconds=5)):
        assert holder_of(answer.json["access_token"]) is None


def test_deployed_stage_does_not_shorten_them() -> None:
    deployed = settings().model_copy(update={"stage": "prod", "token_seconds": 5})
    assert deployed.token_life == 3600


def test_warm_check_asks_nobody_and_a_cold_one_once(shop: Application) -> None:
    token = shop.own_token()
    assert holder_of(token) is not None  # the public keys are asked for once a process
    tokens._revoked.clear()
    with metered() as bill:
        assert holder_of(token) is not None
    assert [request.operation for request in bill.requests] == ["Query"]
    with metered() as bill:
        assert holder_of(token) is not None
    assert bill.requests == []


def test_revocation_elsewhere_is_seen_within_a_minute(shop: Application, account: Partner) -> None:
    """What another process writes, this one has not heard of; its memory is shorter than the promise."""
    given = shop.tokens_of(account)
    assert holder_of(given["access_token"]) is not None
    remembered = tokens._revoked.get(shop.client_id, lambda: None)
    assert remembered is not None
    shop.revoke(given["refresh_token"])
    tokens._revoked.put(shop.client_id, remembered)
    assert holder_of(given["access_token"]) is not None
    assert tokens.MEMORY_SECONDS <= 60
    tokens._revoked.clear()  # as after its 50 seconds
    assert holder_of(given["access_token"]) is None


def test_token_does_not_open_what_its_account_s_key_did_not(shop: Application, account: Partner) -> None:
    body = {"name": "spaces alone", "scopes": ["spaces"]}
    key = account.platform.admin("POST", f"/{account.origin}/keys", body).json["key"]
    token = shop.redeem(Request(shop).allowed_by(key)["code"]).json["access_token"]
    credential = holder_of(token)
    assert credential is not None
    assert credential.allows("spaces")
    assert not credential.allows("gardenlab")
    answer = account.platform.call("GET", "/api/v1/getAllInteractions", key=token, query={"contract_id": "x"})
    assert answer.status == 403


def test_token_serves_gardenlab_as_its_scope_allows(platform: Platform, partner: Partner) -> None:
    application = register(partner)
    query = {"contract_id": "summer_party", "origin": partner.origin}
    writer, reader, missions = map(application.own_token, ("read_write", "read_only", "missions"))
    parts = writer.split(".")
    padded = [(".".join((*parts[:n], parts[n] + pad, *parts[n + 1 :])), 403) for n in range(3) for pad in ("=", "==")]
    for token, status in ((writer, 200), (reader, 200), (missions, 403), (writer[:-1], 403), *padded):
        assert platform.call("GET", "/api/v1/getAllInteractions", key=token, query=query).status == status
    for token, status in ((writer, 200), (reader, 403)):
        assert platform.call("POST", "/api/v1/newUserForPartner", key=token, body=partner.user()).status == status


def test_token_of_another_partner_reveals_nothing(platform: Platform, partner: Partner, shop: Application) -> None:
    query = {"contract_id": "summer_party", "origin": partner.origin}
    assert platform.call("GET", "/api/v1/getAllInteractions", key=shop.own_token(), query=query).status == 403


def test_unknown_key_id_costs_one_look_in_thirty_seconds_and_forgets_nothing(
    shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.own_token()
    good = holder_of(token)
    assert good is not None
    forged = [_with_header(token, kid=f"unknown{number}") for number in range(20)]
    monkeypatch.setattr(keys, "_asked_at", float("-inf"))
    with metered() as bill:
        assert [holder_of(each) for each in forged] == [None] * len(forged)
    assert len(bill.of("kms")) == 4  # two keys, each described and read
    tokens._verified.clear()
    with metered() as bill:
        assert holder_of(token) == good
    assert bill.of("kms") == []


def test_unknown_key_id_while_kms_is_silent_leaves_the_known_keys_known(
    shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shop.own_token()
    assert holder_of(token) is not None

    def silent() -> None:
        raise EndpointConnectionError(endpoint_url="https://kms.example")

    monkeypatch.setattr(keys, "_asked_at", float("-inf"))
    monkeypatch.setattr(keys, "_read_keys", silent)
    assert holder_of(_with_header(token, kid="unknown")) is None
    tokens._verified.clear()
    assert holder_of(token) is not None
