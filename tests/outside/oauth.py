"""OAuth by authlib and requests-oauthlib, as applications use them."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError
from requests_oauthlib import OAuth2Session

CALLBACK = "https://shop.example/callback"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_TICKET = re.compile(r'name="ticket" value="([^"]+)"')


class Client(NamedTuple):
    """A registered application of the partner `origin`; without a secret where it can keep none."""

    origin: str
    client_id: str
    client_secret: str | None


class Place(NamedTuple):
    """An address that serves OAuth for the issuer, applications, and an account that is asked for its consent."""

    base: str
    issuer: str
    shop: Client
    public: Client
    register: Callable[[Sequence[str]], Client]
    account: str
    account_key: str


class OAuthClients:
    """What applications do, for the fixture `place`."""

    def test_metadata_is_complete(self, place: Place) -> None:
        """A client that discovers the endpoints takes them."""
        metadata = AuthorizationServerMetadata(
            requests.get(f"{place.base}/.well-known/oauth-authorization-server").json()
        )
        # A test of this machine may do without TLS; nothing else may.
        metadata["issuer"] = metadata["issuer"].replace("http://", "https://")
        for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
            assert metadata[name].startswith(place.issuer)
            metadata[name] = metadata[name].replace("http://", "https://")
        metadata.validate()
        assert metadata["code_challenge_methods_supported"] == ["S256"]

    def test_requests_oauthlib_walks_through_the_code_grant(self, place: Place) -> None:
        """Consent, tokens, a call, and a refresh token that counts once."""
        shop = place.shop
        with OAuth2Session(shop.client_id, redirect_uri=CALLBACK, scope=["read_write"], pkce="S256") as client:
            address, _ = client.authorization_url(f"{place.base}/oauth/authorize")
            given = client.fetch_token(
                f"{place.base}/oauth/token",
                authorization_response=_consent(address, place.account_key),
                client_secret=shop.client_secret,
            )
            assert given["spaces_user_id"] == place.account
            assert client.get(f"{place.base}/api/v1/account").json()["id"] == place.account
            credentials = {"client_id": shop.client_id, "client_secret": shop.client_secret}
            renewed = client.refresh_token(f"{place.base}/oauth/token", **credentials)
            assert renewed["refresh_token"] != given["refresh_token"]
            with pytest.raises(InvalidGrantError):
                client.refresh_token(f"{place.base}/oauth/token", refresh_token=given["refresh_token"], **credentials)

    def test_requests_oauthlib_gets_client_credentials(self, place: Place) -> None:
        """An application speaks for its own partner."""
        shop = place.shop
        with OAuth2Session(client=BackendApplicationClient(shop.client_id, scope=["read_only"])) as client:
            given = client.fetch_token(f"{place.base}/oauth/token", client_secret=shop.client_secret)
            assert "refresh_token" not in given
            assert client.get(f"{place.base}/api/v1/account").json()["id"] == shop.origin

    @pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
    def test_authlib_walks_through_the_code_grant(self, place: Place, method: str) -> None:
        """Consent, tokens, a call, a renewal and a revocation, by either way to say who it is."""
        verifier = "v" * 64
        asked = {"scope": "read_write", "redirect_uri": CALLBACK, "code_challenge_method": "S256"}
        with _authlib(place.shop, method, **asked) as client:
            address, state = client.create_authorization_url(f"{place.base}/oauth/authorize", code_verifier=verifier)
            back = _consent(address, place.account_key)
            assert parse_qs(urlsplit(back).query)["state"] == [state]
            token_endpoint = f"{place.base}/oauth/token"
            given = client.fetch_token(token_endpoint, authorization_response=back, code_verifier=verifier)
            assert client.get(f"{place.base}/api/v1/account").json()["id"] == place.account
            assert client.refresh_token(token_endpoint)["refresh_token"] != given["refresh_token"]
            token = client.token["access_token"]
            revoked = client.revoke_token(f"{place.base}/oauth/revoke", token, token_type_hint="access_token")
            assert revoked.status_code == 200
            assert requests.get(f"{place.base}/api/v1/account", auth=(token, "")).status_code == 401

    def test_authlib_serves_a_public_application(self, place: Place) -> None:
        """An application without a secret proves itself by the code's verifier."""
        verifier = "v" * 64
        asked = {"scope": "read_only", "redirect_uri": CALLBACK, "code_challenge_method": "S256"}
        with _authlib(place.public, "none", **asked) as client:
            address, _ = client.create_authorization_url(f"{place.base}/oauth/authorize", code_verifier=verifier)
            back = _consent(address, place.account_key)
            client.fetch_token(f"{place.base}/oauth/token", authorization_response=back, code_verifier=verifier)
            assert client.get(f"{place.base}/api/v1/account").json()["id"] == place.account

    def test_authlib_comes_back_to_an_address_with_a_query_of_its_own(self, place: Place) -> None:
        """What is added to the address leaves its own query as it was."""
        address = "https://shop.example/cb?city=Caf%E9&x[y]=1"
        application = place.register([address])
        with _authlib(application, "client_secret_basic", scope="read_only missions", redirect_uri=address) as client:
            asked, _ = client.create_authorization_url(f"{place.base}/oauth/authorize", state="")
            back = _consent(asked, place.account_key)
            assert back.startswith(address + "&")
            assert parse_qs(urlsplit(back).query)["iss"] == [place.issuer]
            given = client.fetch_token(f"{place.base}/oauth/token", authorization_response=back)
            assert given["scope"] == "read_only missions"

    def test_authlib_gets_client_credentials(self, place: Place) -> None:
        """An application speaks for its own partner."""
        with _authlib(place.shop, "client_secret_basic", scope="read_write") as client:
            given = client.fetch_token(f"{place.base}/oauth/token", grant_type="client_credentials")
            assert given["scope"] == "read_write"
            assert client.get(f"{place.base}/api/v1/account").json()["id"] == place.shop.origin


def _consent(address: str, key: str) -> str:
    """Does in a browser's stead what the account does; gives the address it is led back to."""
    with requests.Session() as browser:
        assert browser.get(address).status_code == 200
        page = browser.post(address, data=urlencode({"api_key": key}), headers=_FORM).text
        found = _TICKET.search(page)
        assert found is not None, page
        decision = urlencode({"ticket": found[1], "decision": "allow"})
        return str(browser.post(address, data=decision, headers=_FORM, allow_redirects=False).headers["Location"])


def _authlib(application: Client, method: str, **settings: Any) -> Any:
    return AuthlibSession(
        application.client_id, application.client_secret, token_endpoint_auth_method=method, **settings
    )
