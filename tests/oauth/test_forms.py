"""Token requests as clients write them: characters, credentials, browsers."""

import base64
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from chalicelib.core.settings import settings
from chalicelib.oauth.routes import protocol
from tests.oauth.flows import FORM, Application, Request
from tests.platform import Answer, Partner, Platform


def _sent(shop: Application, body: str | bytes, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else body.encode()
    return shop.platform.call("POST", "/oauth/token", body=raw, headers={**FORM, **shop.header, **headers})


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"], ids=repr)
@pytest.mark.parametrize(
    "extra", ["", "&note=a b", "&note=[x]", "&note=a|b", "&note=ü€😀", '&note={"a":"b"}', "&note=100%", "&x[y]=1", "&&"]
)
def test_characters_that_stand_as_they_are_are_read(shop: Application, extra: str, end: str) -> None:
    answer = _sent(shop, f"{end}grant_type=client_credentials&scope=read_only read_write{extra}{end}")
    assert (answer.status, answer.json["scope"]) == (200, "read_only read_write")


def test_parameter_without_a_value_counts_as_left_out(shop: Application, account: Partner) -> None:
    plain = shop.token(grant_type="client_credentials", scope="", redirect_uri="", code_verifier="", refresh_token="")
    assert (plain.status, plain.json["scope"]) == (200, "read_only")
    asked = Request(shop, {"scope": "", "code_challenge": "", "code_challenge_method": ""})
    given = shop.token(
        grant_type="authorization_code",
        code=asked.allowed_by(account.key)["code"],
        redirect_uri=asked.query["redirect_uri"],
        code_verifier="",
    )
    assert (given.status, given.json["scope"]) == (200, "read_only")
    again = shop.token(grant_type="refresh_token", refresh_token=given.json["refresh_token"], scope="")
    assert (again.status, again.json["scope"]) == (200, "read_only")


@run(max_examples=40)
@given(note=st.text(st.characters(codec="utf-8", exclude_characters="&=\x00"), max_size=40))
def test_whatever_a_field_holds_the_others_are_read(shop: Application, note: str) -> None:
    assert _sent(shop, f"note={note}&grant_type=client_credentials&more=1").status == 200


@pytest.mark.parametrize("body", [b"grant_type=\xff", b"grant_type=client_credentials&x=%FF", b"x=%00"], ids=repr)
def test_what_is_no_text_is_refused_in_words(shop: Application, body: bytes) -> None:
    answer = _sent(shop, body)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    assert "grant_type" not in answer.json["error_description"]


def test_every_error_has_a_reason(shop: Application, public: Application) -> None:
    wrong = [
        "",
        "grant_type=password",
        "grant_type=authorization_code",
        "grant_type=authorization_code&code=x",
        "grant_type=refresh_token&refresh_token=x",
        "grant_type=client_credentials&scope=everything",
        "grant_type=client_credentials&grant_type=client_credentials",
    ]
    answers = [_sent(shop, body) for body in wrong]
    answers += [
        shop.token(grant_type="client_credentials", headers=headers) for headers in ({}, {"Authorization": "x"})
    ]
    answers += [public.token(grant_type="client_credentials"), shop.platform.call("GET", "/oauth/nothing")]
    for answer in answers[:-1]:
        assert answer.status in (400, 401)
        assert answer.json["error"]
        assert answer.json["error_description"].endswith("."), answer


@pytest.mark.parametrize("secret", [b"\xfc\xff", "ü".encode(), b""], ids=repr)
def test_secret_of_any_bytes_is_wrong_and_no_fault(shop: Application, secret: bytes) -> None:
    pair = base64.b64encode(shop.client_id.encode() + b":" + secret).decode()
    answer = _sent(shop, "grant_type=client_credentials", Authorization=f"Basic {pair}")
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert "secret" in answer.json["error_description"]


def test_password_beside_an_access_token_does_not_matter(platform: Platform, shop: Application) -> None:
    token = shop.own_token().encode()
    for password in (b"", b"x", b"\xff\xfe", "ü".encode()):
        pair = base64.b64encode(token + b":" + password).decode()
        answer = platform.call("GET", "/api/v1/account", headers={"Authorization": f"Basic {pair}  "})
        assert answer.status == 200, password


OPEN = ("/oauth/token", "/oauth/revoke", "/oauth/jwks.json", "/.well-known/oauth-authorization-server")


@pytest.mark.parametrize("path", OPEN)
def test_browser_of_another_site_may_read_every_answer(platform: Platform, path: str) -> None:
    for method in ("GET", "POST"):
        answer = platform.call(method, path, headers={"Origin": "https://app.example"})
        if answer.status != 405:
            assert answer.headers["access-control-allow-origin"] == "*"


def test_metadata_is_found_for_an_issuer_with_a_path(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    base = "/.well-known/oauth-authorization-server"
    assert platform.call("GET", base).json["issuer"] == settings().public_url
    assert platform.call("GET", f"{base}/api").status == 404
    for path in ("/api", "/v1/eu"):
        deployed = settings().model_copy(update={"public_url": f"https://api.example.com{path}"})
        monkeypatch.setattr(protocol, "settings", lambda deployed=deployed: deployed)
        found = platform.call("GET", f"{base}{path}")
        assert found.json["issuer"] == f"https://api.example.com{path}"
        assert found.json["token_endpoint"] == f"https://api.example.com{path}/oauth/token"
        assert found.json["authorization_response_iss_parameter_supported"] is True
        assert found.headers["access-control-allow-origin"] == "*"
        assert platform.call("GET", base).json == found.json
        assert platform.call("GET", f"{base}/{quote_plus('other')}").status == 404
