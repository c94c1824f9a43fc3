"""Client libraries as applications use them, against a local server."""

from collections.abc import Iterator, Sequence

import pytest

from chalicelib.core.settings import settings
from tests.oauth.flows import Application, register
from tests.outside.oauth import Client, OAuthClients, Place
from tests.platform import Partner, Platform
from tests.served import served


@pytest.fixture(scope="module")
def place(
    platform: Platform, owner: Partner, account: Partner, shop: Application, public: Application
) -> Iterator[Place]:
    """The server. Loopback may do without TLS, and the libraries must be told so."""

    def registered(redirect_uris: Sequence[str]) -> Client:
        return _client(register(owner, redirect_uris=list(redirect_uris)))

    with pytest.MonkeyPatch.context() as patch, served(platform.app) as base:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        issuer = settings().public_url
        yield Place(base, issuer, _client(shop), _client(public), registered, account.origin, account.key)


def _client(application: Application) -> Client:
    return Client(application.origin, application.client_id, application.client_secret)


class TestClients(OAuthClients):
    """Against the local server."""
