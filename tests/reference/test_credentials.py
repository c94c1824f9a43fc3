"""Every credential that the document names for an operation is taken there."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.core.settings import settings
from tests.oauth.flows import basic, register
from tests.platform import Partner, Platform
from tests.reference.conftest import Operations

# Of operators, only reading: what else the admin key may do changes the platform for all other tests.
_READ_WITH = ("adminKey", "secureToken")
# A client's own, and a mission's, which are part of their requests' meaning.
_ELSEWHERE = ("clientBasic", "missionSecret")


def test_each_credential_that_is_named_is_taken(
    platform: Platform, partner: Partner, document: dict[str, Any], operations: Operations
) -> None:
    application = register(partner)
    tokens = {scope: application.own_token(scope) for scope in ("read_only", "read_write", "missions")}
    headers: Mapping[str, Callable[[list[str]], dict[str, str]]] = {
        "apiKey": lambda _: {"Authorization": f"Bearer {partner.key}"},
        "apiKeyHeader": lambda _: {"X-API-KEY": partner.key},
        "secureToken": lambda _: {"X-API-KEY": "SecureToken"},
        "accessToken": lambda scopes: {"Authorization": f"Bearer {tokens[scopes[0]]}"},
        "accessTokenBasic": lambda _: basic(tokens["read_write"], ""),
        "adminKey": lambda _: {"Authorization": f"Bearer {settings().admin_key}"},
    }
    assert set(headers) | set(_ELSEWHERE) == set(document["components"]["securitySchemes"])
    taken = set()
    for name, operation in operations:
        method, path = name.split(" ")
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        for scheme, scopes in [each for one in operation["security"] for each in one.items()]:
            if scheme in _ELSEWHERE or (scheme in _READ_WITH and method != "GET"):
                continue
            body: Any = None if method in ("GET", "DELETE") else {}
            answer = platform.call(method, path, body=body, headers=headers[scheme](scopes))
            assert answer.status not in (401, 403), (name, scheme, answer)
            taken.add(scheme)
    assert taken == set(headers)
