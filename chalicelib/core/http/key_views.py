"""Routes for partners with an API key, on surfaces that answer 403 whatever is wrong with the key."""

from collections.abc import Callable
from typing import Protocol

from chalice.app import Request

from chalicelib.core.credentials import Accepted, CredentialRefused, Scoped, presented, require_scope
from chalicelib.core.http.credentials import forbidden
from chalicelib.core.http.views import Views

_ACCEPTED = Accepted("API key", key_header=True)


class Caller(Scoped, Protocol):
    """A partner's key."""

    @property
    def origin(self) -> str:
        """The partner whose key it is."""


class KeyViews(Views):
    """Such routes; `authenticate` finds a key or raises `CredentialRefused`, `scope` is what it must have."""

    def __init__(self, import_name: str, *, authenticate: Callable[[str], Caller], scope: str, realm: str) -> None:
        super().__init__(import_name)
        self._authenticate = authenticate
        self._scope = scope
        self._realm = realm

    def authenticate(self, request: Request) -> tuple[str]:
        """The origin whose key the request carries. Raises `Forbidden` without a key that has the scope."""
        try:
            credential = self._authenticate(presented(request.headers, _ACCEPTED))
            require_scope(credential, self._scope, what="API key")
        except CredentialRefused as error:
            raise forbidden(error, realm=self._realm) from error
        return (credential.origin,)
