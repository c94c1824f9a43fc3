"""Client libraries as applications use them, against a real server."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError
from requests_oauthlib import OAuth2Session

from chalicelib.core.settings import settings
from tests.oauth.flows import CALLBACK, FORM, Application, register
from tests.platform import Partner, Platform
from tests.served import served

_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


@pytest.fixture(scope="module")
def base(platform: Platform) -> Iterator[str]:
    """The server's address. Loopback may do without TLS, and the libraries must be told so."""
    with pytest.MonkeyPatch.context() as patch, served(platform.app) as base:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        yield base


def _consent(address: str, key: str) -> str:
    """Does in a browser's stead what the account does; gives the address it is led back to."""
    with requests.Session() as browser:
        assert browser.get(address).status_code == 200
        page = browser.post(address, data=urlencode({"api_key": key}), headers=FORM).text
        found = _TICKET.search(page)
        assert found is not None, page
        decision = urlencode({"ticket": found[1], "decision": "allow"})
        return str(browser.post(address, data=decision, headers=FORM, allow_redirects=False).headers["Location"])


def test_metadata_is_complete(base: str) -> None:
    metadata = AuthorizationServerMetadata(requests.get(f"{base}/.well-known/oauth-authorization-server").json())
    metadata["issuer"] = metadata["issuer"].replace("http://", "https://")  # the test stage has no TLS; others must
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
        assert metadata[name].startswith(settings().public_url)
        metadata[name] = metadata[name].replace("http://", "https://")
    metadata.validate()
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_requests_oauthlib_walks_through_the_code_grant(base: str, shop: Application, account: Partner) -> None:
    client = OAuth2Session(shop.client_id, redirect_uri=CALLBACK, scope=["read_write"], pkce="S256")
    with client:
        address, _ = client.authorization_url(f"{base}/oauth/authorize")
        back = _consent(address, account.key)
        given = client.fetch_token(f"{base}/oauth/token", authorization_response=back, client_secret=shop.client_secret)
        assert given["spaces_user_id"] == account.origin
        assert client.get(f"{base}/api/v1/account").json()["id"] == account.origin
        credentials = {"client_id": shop.client_id, "client_secret": shop.client_secret}
        renewed = client.refresh_token(f"{base}/oauth/token", **credentials)
        assert renewed["refresh_token"] != given["refresh_token"]
        with pytest.raises(InvalidGrantError):
            client.refresh_token(f"{base}/oauth/token", refresh_token=given["refresh_token"], **credentials)


def test_requests_oauthlib_gets_client_credentials(base: str, shop: Application) -> None:
    with OAuth2Session(client=BackendApplicationClient(shop.client_id, scope=["read_only"])) as client:
        given = client.fetch_token(f"{base}/oauth/token", client_secret=shop.client_secret)
        assert "refresh_token" not in given
        assert client.get(f"{base}/api/v1/account").json()["id"] == shop.origin


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_walks_through_the_code_grant(base: str, shop: Application, account: Partner, method: str) -> None:
    verifier = "v" * 64
    with _authlib(shop, method, scope="read_write", redirect_uri=CALLBACK, code_challenge_method="S256") as client:
        address, state = client.create_authorization_url(f"{base}/oauth/authorize", code_verifier=verifier)
        back = _consent(address, account.key)
        assert parse_qs(urlsplit(back).query)["state"] == [state]
        given = client.fetch_token(f"{base}/oauth/token", authorization_response=back, code_verifier=verifier)
        assert client.get(f"{base}/api/v1/account").json()["id"] == account.origin
        assert client.refresh_token(f"{base}/oauth/token")["refresh_token"] != given["refresh_token"]
        token = client.token["access_token"]
        assert client.revoke_token(f"{base}/oauth/revoke", token, token_type_hint="access_token").status_code == 200
        assert requests.get(f"{base}/api/v1/account", auth=(token, "")).status_code == 401


def test_authlib_serves_a_public_application(base: str, public: Application, account: Partner) -> None:
    verifier = "v" * 64
    with _authlib(public, "none", scope="read_only", redirect_uri=CALLBACK, code_challenge_method="S256") as client:
        address, _ = client.create_authorization_url(f"{base}/oauth/authorize", code_verifier=verifier)
        client.fetch_token(
            f"{base}/oauth/token", authorization_response=_consent(address, account.key), code_verifier=verifier
        )
        assert client.get(f"{base}/api/v1/account").json()["id"] == account.origin


def test_authlib_comes_back_to_an_address_with_a_query_of_its_own(base: str, owner: Partner, account: Partner) -> None:
    address = "https://shop.example/cb?city=Caf%E9&x[y]=1"
    application = register(owner, redirect_uris=[address])
    with _authlib(application, "client_secret_basic", scope="read_only missions", redirect_uri=address) as client:
        asked, _ = client.create_authorization_url(f"{base}/oauth/authorize", state="")
        back = _consent(asked, account.key)
        assert back.startswith(address + "&")
        assert parse_qs(urlsplit(back).query)["iss"] == [settings().public_url]
        given = client.fetch_token(f"{base}/oauth/token", authorization_response=back)
        assert given["scope"] == "read_only missions"


def test_authlib_gets_client_credentials(base: str, shop: Application) -> None:
    with _authlib(shop, "client_secret_basic", scope="read_write") as client:
        assert client.fetch_token(f"{base}/oauth/token", grant_type="client_credentials")["scope"] == "read_write"
        assert client.get(f"{base}/api/v1/account").json()["id"] == shop.origin


def _authlib(application: Application, method: str, **settings: Any) -> Any:
    return AuthlibSession(
        application.client_id, application.client_secret, token_endpoint_auth_method=method, **settings
    )
